//! A consumer without our code: `redis-cli` reads the stream, and the CloudEvents SDK for Python reads its events.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use bus::FACTS;

use crate::{Setup, expected, pypi_server::installed_or_skipped};

const SCRIPT: &str = "
import json, sys
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
for _, fields in json.load(sys.stdin):
    entry = dict(zip(fields[::2], fields[1::2]))
    event = JSONFormat().read(CloudEvent, entry['event'])
    assert (event.get_id(), event.get_type()) == (entry['id'], entry['type'])
    print(event.get_id(), event.get_extension('correlationid'), event.get_data()['action'])
";

#[tokio::test]
async fn redis_cli_and_the_cloudevents_sdk_read_facts() {
    let Some(setup) = Setup::start_or_skip().await else { return };
    let Some(programs) = installed_or_skipped("cloudevents==2.2.0") else { return };
    setup.write("carousel-cli-1", 0..3).await;
    setup.relay().await.expect("Redis is up");
    let stream = setup.redis.cli(&["--json", "xrange", FACTS, "-", "+"]);
    let mut python = Command::new(programs.join("python"))
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python is installed");
    let mut stdin = python.stdin.take().expect("it is piped");
    stdin.write_all(stream.as_bytes()).expect("it reads");
    drop(stdin);
    let output = python.wait_with_output().expect("it ends");
    assert!(output.status.success());
    let lines = String::from_utf8(output.stdout).expect("text");
    let ids = expected("carousel-cli-1", 0..3);
    let wanted: Vec<String> =
        (ids.iter().enumerate()).map(|(n, id)| format!("{id} carousel-cli-1 number {n}")).collect();
    assert_eq!(lines.lines().collect::<Vec<_>>(), wanted);
}
