//! The tools for assistants, called by the client of the protocol's own Python library.

use std::process::{Command, Output};

use testkit::installed_or_skipped;

use crate::ApiTest;

/// Python with the `mcp` library and a script; `None` if it can't be installed.
fn python(script: &str) -> Option<Command> {
    let programs = installed_or_skipped("mcp==1.30.0")?;
    let mut command = Command::new(programs.join("python"));
    command.args(["-c", &format!("{CLIENT}{script}")]);
    Some(command)
}

/// Runs a program while this process serves it.
async fn output_of(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

/// Asserts that a script ended without an error.
fn succeeded(output: &Output) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

const CLIENT: &str = r#"
import asyncio, json, os, sys
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamablehttp_client

async def over_http(url, token, work):
    headers = {"Authorization": f"Bearer {token}"}
    async with streamablehttp_client(url, headers=headers) as (reads, writes, _):
        async with ClientSession(reads, writes) as session:
            await session.initialize()
            await work(session)

async def over_stdio(program, work):
    server = StdioServerParameters(command=program, args=["mcp"], env=dict(os.environ))
    async with stdio_client(server) as (reads, writes):
        async with ClientSession(reads, writes) as session:
            await session.initialize()
            await work(session)

async def call(session, tool, **arguments):
    result = await session.call_tool(tool, arguments)
    assert not result.isError, result.content[0].text
    return json.loads(result.content[0].text), result.content[1:]

async def refused(session, tool, **arguments):
    result = await session.call_tool(tool, arguments)
    assert result.isError, result.content
    return result.content[0].text

async def shown(session, id, after_revision=0):
    for _ in range(6):
        carousel, pictures = await call(session, "show_carousel", id=id, wait_seconds=20, after_revision=after_revision)
        if carousel["status"] == "delivered" and carousel["revision"] > after_revision:
            return carousel, pictures
    raise AssertionError(carousel)
"#;

#[tokio::test]
async fn assistant_makes_sees_and_changes_a_carousel() {
    let api = ApiTest::start().await;
    let shop = api.client("shop").await;
    let script = r#"
async def work(session):
    tools = {tool.name for tool in (await session.list_tools()).tools}
    assert {"make_carousel", "show_carousel", "change_slide", "restyle_carousel"} <= tools, tools
    order = {"topic": "Why tests matter", "slides": 3, "key": "1"}
    made, _ = await call(session, "make_carousel", **order)
    again, _ = await call(session, "make_carousel", **order)
    assert made["id"] == again["id"]
    assert "key" in await refused(session, "make_carousel", topic="Clean code", key="1")
    carousel, pictures = await shown(session, made["id"])
    assert carousel["slides"]["revision"] == 1 and len(carousel["slides"]["slides"]) == 3
    assert [picture.mimeType for picture in pictures] == ["image/jpeg"] * 3
    await call(session, "restyle_carousel", id=made["id"], theme="paper", revision=1)
    changed, _ = await shown(session, made["id"], after_revision=1)
    assert changed["slides"]["theme"] == "paper", changed
    text = "Tests give courage"
    await call(session, "change_slide", id=made["id"], slide=1, text=text, revision=2)
    changed, pictures = await shown(session, made["id"], after_revision=2)
    assert text in changed["slides"]["slides"][0]["text"] and len(pictures) == 3
    assert "revision 3" in await refused(session, "restyle_carousel", id=made["id"], theme="dawn", revision=1)
    listed, _ = await call(session, "list_carousels")
    assert [one["id"] for one in listed["carousels"]] == [made["id"]]
    change, _ = await call(session, "restore_revision", id=made["id"], to=1, revision=3)
    restored, _ = await shown(session, made["id"], after_revision=3)
    assert restored["slides"]["theme"] == carousel["slides"]["theme"], restored
    result, _ = await call(session, "show_change", id=made["id"], change=change["change"])
    assert (result["status"], result["revision"]) == ("done", 4), result
    reviewed, _ = await call(session, "make_carousel", topic="Clean code", slides=4, review=True)
    draft, _ = await call(session, "show_carousel", id=reviewed["id"], wait_seconds=20)
    assert draft["stage"] == "reviewing", draft
    await call(session, "arrange_slides", id=reviewed["id"], order=[1, 3, 4])
    await call(session, "add_slide", id=reviewed["id"], after=3, text="One more\nIt fits.")
    await call(session, "change_caption", id=reviewed["id"], caption="Clean.", hashtags=["code"])
    await call(session, "draw_carousel", id=reviewed["id"])
    drawn, pictures = await shown(session, reviewed["id"])
    assert len(pictures) == 4 and drawn["slides"]["caption"] == "Clean.", drawn
    assert "no carousel" in await refused(session, "show_carousel", id="carousel-cli-1")
    assert "theme" in await refused(session, "restyle_carousel", id=made["id"], theme="none-such")

asyncio.run(over_http(sys.argv[1], sys.argv[2], work))
"#;
    let Some(mut client) = python(script) else { return };
    client.args([shop.url("/mcp").as_str(), &shop.text]);
    succeeded(&output_of(client).await);
}

#[tokio::test]
async fn tools_need_the_scopes_of_the_token() {
    let api = ApiTest::start().await;
    let reader = api.token("reader", &["--scopes", "carousels:read"]).await;
    let script = r#"
async def work(session):
    assert (await call(session, "list_carousels"))[0] == {"carousels": []}
    assert "carousels:write" in await refused(session, "make_carousel", topic="Why tests matter")
    assert "carousels:write" in await refused(session, "cancel_carousel", id="carousel-cli-1")

asyncio.run(over_http(sys.argv[1], sys.argv[2], work))
try:
    asyncio.run(over_http(sys.argv[1], "bvc_000000000000_wrong", work))
except BaseException as error:
    print("refused")
"#;
    let Some(mut client) = python(script) else { return };
    client.args([reader.url("/mcp").as_str(), &reader.text]);
    let output = output_of(client).await;
    succeeded(&output);
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "refused");
}

#[tokio::test]
async fn operator_uses_the_tools_over_stdio() {
    let api = ApiTest::start().await;
    let script = r#"
async def work(session):
    made, _ = await call(session, "make_carousel", topic="Why tests matter", slides=3)
    carousel, pictures = await shown(session, made["id"])
    assert len(pictures) == 3 and carousel["request"]["topic"] == "Why tests matter"
    assert "dawn" in (await call(session, "list_themes"))[0]["themes"]

asyncio.run(over_stdio(sys.argv[1], work))
"#;
    let Some(mut client) = python(script) else { return };
    let data = &api.app.settings().data;
    client
        .arg(env!("CARGO_BIN_EXE_gateway"))
        .env("TEMPORAL_ADDRESS", api.app.temporal.target().address.as_str())
        .env("DATA_DIR", &data.dir)
        .env("DATABASE_URL", data.database_url.expose());
    succeeded(&output_of(client).await);
}
