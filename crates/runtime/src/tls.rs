//! The TLS implementation of a process. Two are linked: ring by the Temporal client, and aws-lc-rs
//! by the HTTP client of the models. rustls does not choose between them, so each program does at
//! its start.

/// Selects ring for the whole process. A later call has no effect.
pub fn install() {
    // It fails only if a provider is installed already, which is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
