//! [`ThemeError`] and the checks of a theme file.

mod background;
mod key_problem;

use std::fmt::Display;

use key_problem::{KeyProblem, opaque, within};

use super::{
    color::{contrast, luminance},
    layout_style::LayoutStyle,
    skin::{Palette, Panel, Skin},
    text_roles::{TextRole, ThemeTypography},
};
use crate::legibility::{CONTRAST_TEXT, TEXT_PX_MIN};

/// Why a theme file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("theme “{theme}”, {key}: {problem}")]
pub struct ThemeError {
    /// Its id, or `?` if the file has none.
    pub theme: String,
    /// The path of the invalid key, dotted.
    pub key: String,
    pub problem: String,
}

impl ThemeError {
    pub(super) fn new(theme: &str, key: impl Into<String>, problem: impl Display) -> Self {
        Self { theme: theme.to_owned(), key: key.into(), problem: problem.to_string() }
    }

    /// A file that is not TOML, lacks a key, or has an unknown one.
    pub(super) fn syntax(source: &str, error: &toml::de::Error) -> Self {
        let id = source.lines().find_map(|line| line.trim().strip_prefix("id"));
        let id = id.map(|rest| rest.trim_matches([' ', '=', '"'])).unwrap_or("?");
        let at = error.span().map_or(0, |span| span.start.min(source.len()));
        let line = source.get(..at).map_or(0, |before| before.matches('\n').count()) + 1;
        Self::new(id, format!("line {line}"), error.message())
    }
}

/// Checks rules that the file's structure alone does not enforce. Each skin comes with the prefix
/// of its keys.
pub(super) fn check(
    skins: &[(&str, &Skin)],
    layout: &LayoutStyle,
    typography: &ThemeTypography,
) -> Result<(), KeyProblem> {
    for (prefix, Skin { palette: colors, ground, panel: sheet }) in skins {
        let checked =
            palette(colors).and_then(|()| background::check(ground)).and_then(|()| panel(sheet));
        checked.map_err(|(key, what)| (format!("{prefix}{key}"), what))?;
    }
    arrangement(layout)?;
    type_(typography)
}

fn arrangement(layout: &LayoutStyle) -> Result<(), KeyProblem> {
    within("layout.margin", layout.margin, 40.0, 200.0)?;
    for (key, text) in [("prompt", &layout.prompt), ("cursor", &layout.cursor)] {
        within(&format!("layout.{key}"), text.chars().count(), 0, 4)?;
    }
    Ok(())
}

fn palette(palette: &Palette) -> Result<(), KeyProblem> {
    for (key, color) in palette.inks() {
        opaque(&format!("palette.{key}"), color)?;
    }
    for color in palette.code.all() {
        opaque("palette.code", color)?;
    }
    if let Some(marker) = palette.marker {
        opaque("palette.marker", marker)?;
    }
    opaque("palette.on_accent", palette.on_accent)?;
    let on_accent = luminance(palette.on_accent.levels());
    for color in palette.accent {
        opaque("palette.accent", color)?;
        let ratio = contrast(luminance(color.levels()), on_accent);
        if ratio < CONTRAST_TEXT {
            let problem = format!(
                "has a contrast of {ratio:.1} on the accent, at least {CONTRAST_TEXT} is needed"
            );
            return Err(("palette.on_accent".to_owned(), problem));
        }
    }
    Ok(())
}

fn panel(panel: &Panel) -> Result<(), KeyProblem> {
    within("panel.radius", panel.radius, 0.0, 120.0)?;
    within("panel.border_width", panel.border_width, 0.0, 12.0)?;
    within("panel.blur", panel.blur, 0.0, 80.0)?;
    within("panel.shadow.blur", panel.shadow.blur, 0.0, 80.0)?;
    within("panel.shadow.drop", panel.shadow.drop, 0.0, 80.0)?;
    within("panel.shadow.shift", panel.shadow.shift, -80.0, 80.0)?;
    within("panel.button_radius", panel.button_radius, 0.0, 120.0)?;
    within("panel.padding", panel.padding, 0.0, 1.0)?;
    if let Some(code) = panel.code {
        opaque("panel.code", code)?;
    }
    Ok(())
}

fn type_(type_: &ThemeTypography) -> Result<(), KeyProblem> {
    let scale = &type_.scale;
    if scale.is_empty() || !scale.windows(2).all(|pair| pair[0] < pair[1]) {
        return Err(("type.scale".to_owned(), "must rise from size to size".to_owned()));
    }
    within("type.scale", scale[0], TEXT_PX_MIN, 1_000.0)?;
    for (role, name) in TextRole::ALL {
        let spec = type_.spec(role);
        let key = |field: &str| format!("type.roles.{name}.{field}");
        for (field, size) in [("max", spec.max), ("min", spec.min)] {
            if !scale.contains(&size) {
                return Err((key(field), format!("{size} is not on the scale")));
            }
        }
        within(&key("min"), spec.min, scale[0], spec.max)?;
        within(&key("weight"), spec.weight, 100.0, 900.0)?;
        within(&key("leading"), spec.leading, 0.9, 2.0)?;
        within(&key("tracking"), spec.tracking, -0.1, 0.3)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{BUILT_IN, Theme};

    /// The error for the first built-in theme with `from` replaced by `to`.
    fn broken(from: &str, to: &str) -> String {
        let source = BUILT_IN[0];
        assert!(source.contains(from), "{from}");
        Theme::parse(&source.replacen(from, to, 1)).unwrap_err().to_string()
    }

    #[test]
    fn every_built_in_theme_is_valid() {
        for source in BUILT_IN {
            Theme::parse(source).unwrap();
        }
    }

    #[test]
    fn theme_error_names_the_key() {
        let cases = [
            ("id = \"aurora\"", "id = \"Aurora!\"", "id: "),
            ("\"#071022\"", "\"#F71022\"", "palette.on_accent: has a contrast of"),
            ("ink = \"#F7F9FF\"", "ink = \"#F7F9FF80\"", "palette.ink: must be opaque"),
            ("grain = 1.6", "grain = 16.0", "ground.grain: 16 is not within 0 to 8"),
            ("[0.45,", "[0.0,", "ground.sky: needs at least two stops"),
            ("radius = 52", "radius = -1", "panel.radius: -1 is not within"),
            ("margin = 84", "margin = 4", "layout.margin: 4 is not within"),
            ("[28, 30,", "[20, 30,", "type.scale: 20 is not within 28"),
            ("max = 166, min = 50", "max = 137, min = 50", "type.roles.display.max: 137 is not on"),
            ("weight = 800", "weight = 8000", "type.roles.display.weight: 8000 is not within"),
        ];
        for (from, to, expected) in cases {
            let said = broken(from, to);
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    fn theme_error_names_the_line() {
        let said = broken("soft = ", "sofd = ");
        assert!(said.contains("theme “aurora”, line ") && said.contains("sofd"), "{said}");
        let said = broken("#DCE3F7", "DCE3F7");
        assert!(said.contains("“DCE3F7” is not a colour"), "{said}");
    }
}
