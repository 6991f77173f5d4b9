//! `gateway tokens`: makes, lists and revokes tokens of the HTTP API.

use std::fmt::Write as _;

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use clap::{Args, Subcommand};
use domain::{AccountId, ApiScope, ApiTokenId, UserId};
use runtime::settings::Settings;
use storage::{
    Database, DatabaseOptions, DatabaseRole,
    api_tokens::{self, ApiToken},
};

use crate::api::tokens::TokenText;

#[derive(Debug, Args)]
pub struct TokensArgs {
    #[command(subcommand)]
    command: TokensCommand,
}

#[derive(Debug, Subcommand)]
enum TokensCommand {
    /// Makes a token and prints it, once.
    Create(CreateArgs),
    /// Lists all tokens, without their secrets.
    List,
    /// Revokes a token. Calls with it fail from now on.
    Revoke {
        /// The id that `list` prints.
        #[arg(value_parser = ApiTokenId::parse)]
        id: ApiTokenId,
    },
}

#[derive(Debug, Args)]
struct CreateArgs {
    /// A name for people, such as the program that uses it.
    name: String,
    /// The owner of its carousels: letters, digits, `-`, `_` and `.`. Tokens of one owner see the same carousels. The
    /// default is the name.
    #[arg(long)]
    owner: Option<String>,
    /// A Telegram account as the owner: the token sees the carousels of its chats too.
    #[arg(long, value_name = "ID", conflicts_with = "owner")]
    account: Option<i64>,
    /// What it permits.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "carousels:read,carousels:write",
        value_name = "SCOPE,…"
    )]
    scopes: Vec<ApiScope>,
    /// How many requests for work it may send per day (UTC).
    #[arg(long, default_value_t = 100)]
    per_day: u32,
    /// After how many days it expires; without this, never.
    #[arg(long)]
    days: Option<u32>,
}

impl TokensArgs {
    /// Runs the command and returns what to print.
    ///
    /// # Errors
    /// The message is for the operator.
    pub(crate) async fn run(self, settings: &Settings) -> anyhow::Result<String> {
        let url = settings.data.database_url.expose();
        let db = Database::open(url, &DatabaseOptions::of(DatabaseRole::Tool)).await?;
        match self.command {
            TokensCommand::Create(create) => create.run(&db).await,
            TokensCommand::List => Ok(shown(&api_tokens::list(&db.read()).await?)),
            TokensCommand::Revoke { id } => {
                let (id, at) = (&id, Utc::now());
                if db.write(|tx| async move { api_tokens::revoke(&tx, id, at).await }).await? {
                    return Ok(format!("{id} is revoked\n"));
                }
                anyhow::bail!("there is no token {id}: see `gateway tokens list`")
            }
        }
    }
}

impl CreateArgs {
    async fn run(self, db: &Database) -> anyhow::Result<String> {
        let text = TokenText::random()?;
        let now = Utc::now();
        let name = self.name.trim();
        anyhow::ensure!(
            (1..=80).contains(&name.chars().count()) && !name.chars().any(char::is_control),
            "the name of a token has 1 to 80 characters"
        );
        if let Some(scope) = self.scopes.iter().find(|scope| !scope.is_for_programs()) {
            anyhow::bail!("{scope} is not for programs: leave it out of --scopes");
        }
        let owner = match self.account {
            Some(account) => UserId::of_account(AccountId::new(account)),
            None => {
                let owner = self.owner.as_deref().unwrap_or(name);
                UserId::parse(&format!("api-{owner}")).context("choose another --owner")?
            }
        };
        let end = |days| now.checked_add_signed(TimeDelta::days(i64::from(days)));
        let expires_at =
            self.days.map(|days| end(days).context("--days is too many")).transpose()?;
        let token = text.token(name, owner, self.scopes);
        let token = &ApiToken { per_day: self.per_day, expires_at, ..token };
        db.write(|tx| async move { api_tokens::create(&tx, token).await }).await?;
        Ok(format!("{}\n", text.expose()))
    }
}

fn shown(tokens: &[ApiToken]) -> String {
    if tokens.is_empty() {
        return "no tokens yet: try `gateway tokens create NAME`\n".to_owned();
    }
    let mut out = String::new();
    for token in tokens {
        let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.name()).collect();
        let state = match (token.revoked_at, token.expires_at) {
            (Some(at), _) => format!("revoked {}", minute(at)),
            (None, Some(at)) if at <= Utc::now() => format!("expired {}", minute(at)),
            (None, Some(at)) => format!("valid until {}", minute(at)),
            (None, None) => "valid".to_owned(),
        };
        let used = token.last_used_at.map_or_else(|| "never".to_owned(), minute);
        let (id, name, owner) = (&token.id, &token.name, &token.owner);
        let per_day = token.per_day;
        writeln!(
            out,
            "{id}  {name}  of {owner}\n  {}; {per_day} requests a day; {state}; last used {used}",
            scopes.join(", ")
        )
        .expect("writing to a string can't fail");
    }
    out
}

fn minute(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}
