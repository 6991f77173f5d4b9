//! The checks of a theme's background section.

use super::key_problem::{KeyProblem, opaque, within};
use crate::theme::background::{
    Background, Curtain, Figure, Glow, Horizon, Nebula, Pattern, Planet,
};

/// Checks rules that the file's structure alone does not enforce.
pub(super) fn check(ground: &Background) -> Result<(), KeyProblem> {
    within("ground.slides", ground.slides, 1, 5)?;
    within("ground.grain", ground.grain, 0.0, 8.0)?;
    within("ground.fibre", ground.fibre, 0.0, 12.0)?;
    within("ground.vignette", ground.vignette, 0.0, 0.8)?;
    let rising = ground.sky.windows(2).all(|pair| pair[0].0 < pair[1].0);
    if ground.sky.len() < 2 || !rising {
        let problem = "needs at least two stops, with rising positions".to_owned();
        return Err(("ground.sky".to_owned(), problem));
    }
    for color in ground.sky.iter().map(|(_, color)| color).chain(&ground.floors) {
        opaque("ground.sky", *color)?;
    }
    if let Some(stars) = &ground.stars {
        within("ground.stars.count", stars.count, 1, 2_000)?;
        within("ground.stars.below", stars.below, 0.05, 1.0)?;
        within("ground.stars.flares", stars.flares, 0, stars.count)?;
    }
    ground.glows.iter().try_for_each(glow)?;
    ground.curtains.iter().try_for_each(curtain)?;
    ground.nebulae.iter().try_for_each(nebula)?;
    ground.planets.iter().try_for_each(planet)?;
    ground.patterns.iter().try_for_each(pattern)?;
    ground.shapes.iter().try_for_each(figure)?;
    ground.horizon.iter().try_for_each(horizon)
}

fn glow(glow: &Glow) -> Result<(), KeyProblem> {
    within("ground.glows.size", glow.size.0.min(glow.size.1), 0.02, 4.0)?;
    within("ground.glows.strength", glow.strength, 0.0, 1.0)
}

fn curtain(curtain: &Curtain) -> Result<(), KeyProblem> {
    let (slow, fast) = curtain.waves;
    within("ground.curtains.waves", slow.min(fast), 1, 12)?;
    within("ground.curtains.rise", curtain.rise, 0.02, 2.0)?;
    within("ground.curtains.strength", curtain.strength, 0.0, 1.0)?;
    within("ground.curtains.rays", curtain.rays, 1, 200)
}

fn nebula(nebula: &Nebula) -> Result<(), KeyProblem> {
    within("ground.nebulae.spread", nebula.spread, 0.02, 2.0)?;
    within("ground.nebulae.scale", nebula.scale, 1, 16)?;
    within("ground.nebulae.strength", nebula.strength, 0.0, 1.0)
}

fn planet(planet: &Planet) -> Result<(), KeyProblem> {
    within("ground.planets.radius", planet.radius, 0.01, 1.5)?;
    if let Some(ring) = &planet.ring {
        within("ground.planets.ring.radii", ring.radii.0, 1.0, ring.radii.1)?;
    }
    Ok(())
}

fn pattern(pattern: &Pattern) -> Result<(), KeyProblem> {
    within("ground.patterns.step", pattern.step, 4.0, 540.0)?;
    within("ground.patterns.size", pattern.size, 0.5, pattern.step)
}

fn figure(figure: &Figure) -> Result<(), KeyProblem> {
    let (width, height) = figure.size;
    within("ground.shapes.size", width.min(height), 0.0005, 2.0)?;
    within("ground.shapes.line", figure.line, 0.0, 60.0)
}

fn horizon(horizon: &Horizon) -> Result<(), KeyProblem> {
    within("ground.horizon.at", horizon.at, 0.1, 0.95)?;
    within("ground.horizon.lines", horizon.lines, 1, 60)?;
    within("ground.horizon.radius", horizon.radius, 0.01, 1.0)
}
