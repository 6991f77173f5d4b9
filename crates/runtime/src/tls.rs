//! The TLS implementation of a process: ring. The HTTP clients are built without one of their own
//! (`rustls-no-provider`) and panic if none is installed.

/// Installs ring for the whole process: at the start of each program, and before an HTTP client is
/// built, for tests. A later call has no effect.
pub fn install() {
    // It fails only if a provider is installed already, which is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
