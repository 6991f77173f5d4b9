//! Which TLS a process speaks. Two implementations get linked, ring by the Temporal client and
//! aws-lc-rs by the HTTP client of the models, and rustls refuses to choose: so whoever starts a
//! process does, first thing.

/// Chooses ring for the whole process. A later call changes nothing.
pub fn install() {
    // It fails only when one is installed already, which is as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
