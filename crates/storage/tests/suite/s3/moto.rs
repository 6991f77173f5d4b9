//! `moto`, an S3-compatible server from PyPI.

#[path = "../../../../testkit/src/pypi_server.rs"]
mod pypi_server;

use std::process::{Command, Stdio};

use pypi_server::PypiServer;

/// Runs the server, and exits when its parent process is gone.
const RUN: &str = "import os, sys, threading\n\
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()\n\
    from moto.server import main\n\
    main(['-H', '127.0.0.1', '-p', sys.argv[1]])";

/// A running server with a bucket named `slides`.
pub(super) struct Moto(PypiServer);

impl Moto {
    /// A server; `None` after a line that says why there is none.
    pub(super) async fn start() -> Option<Self> {
        let server = PypiServer::start("moto[server]==5.2.5", |programs, port| {
            let mut command = Command::new(programs.join("python"));
            command.args(["-c", RUN, &port.to_string()]).stdin(Stdio::piped());
            command
        });
        let moto = Self(server?);
        moto.put("slides", "").await;
        Some(moto)
    }

    pub(super) fn url(&self) -> String {
        self.0.url()
    }

    /// Makes a bucket, or puts an object into one directly.
    pub(super) async fn put(&self, path: &str, contents: &str) {
        // Requires a signature but does not verify it.
        let signature = "AWS4-HMAC-SHA256 Credential=key/20261124/us-east-1/s3/aws4_request, \
                         SignedHeaders=host, Signature=0";
        let _ = rustls::crypto::ring::default_provider().install_default();
        let request = reqwest::Client::new().put(format!("{}/{path}", self.url()));
        let request = request.header("Authorization", signature).body(contents.to_owned());
        request.send().await.unwrap().error_for_status().unwrap();
    }
}
