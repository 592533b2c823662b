//! How much of a database server's certificate is believed.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_platform_verifier::BuilderVerifierExt;

/// Whose signature counts.
#[derive(Debug, Clone)]
pub enum Roots {
    /// The authorities that the machine trusts.
    System,
    /// Those in this file, in PEM, and no others.
    File(PathBuf),
}

/// What a server must show.
#[derive(Clone)]
pub enum Trust {
    /// Nothing, and the connection is not encrypted.
    Plain,
    /// A certificate of the authority; whose it is does not matter.
    Authority(Arc<ClientConfig>),
    /// A certificate of the authority for the host in the address.
    Full(Arc<ClientConfig>),
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "Plain",
            Self::Authority(_) => "Authority",
            Self::Full(_) => "Full",
        })
    }
}

impl Trust {
    /// A certificate for the host, signed by one of `roots`.
    pub fn full(roots: &Roots) -> Result<Self, String> {
        let builder = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let builder = match roots {
            Roots::System => builder
                .with_platform_verifier()
                .map_err(|error| error.to_string())?,
            Roots::File(path) => builder.with_root_certificates(read(path)?),
        };
        Ok(Self::Full(Arc::new(builder.with_no_client_auth())))
    }

    /// A certificate signed by an authority in the file at `path`.
    pub fn authority(path: &Path) -> Result<Self, String> {
        let provider = provider();
        let verifier = AuthorityOnly {
            roots: read(path)?,
            algorithms: provider.signature_verification_algorithms,
        };
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok(Self::Authority(Arc::new(config)))
    }

    /// Whether nothing is encrypted.
    pub fn is_plain(&self) -> bool {
        matches!(self, Self::Plain)
    }

    /// What the client library needs; `None` where nothing is encrypted.
    pub fn config(&self) -> Option<ClientConfig> {
        match self {
            Self::Plain => None,
            Self::Authority(config) | Self::Full(config) => Some(ClientConfig::clone(config)),
        }
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn read(path: &Path) -> Result<RootCertStore, String> {
    let place = path.display();
    let unreadable = |reason: String| format!("sslrootcert names {place}, which cannot be read: {reason}");
    let text = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
        roots
            .add(certificate)
            .map_err(|error| unreadable(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(format!("sslrootcert names {place}, which holds no certificate"));
    }
    Ok(roots)
}

/// Checks the chain and the signatures as everybody does, and leaves out the name: `verify-ca` of PostgreSQL.
#[derive(Debug)]
struct AuthorityOnly {
    roots: RootCertStore,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for AuthorityOnly {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let certificate = ParsedCertificate::try_from(end_entity)?;
        verify_server_cert_signed_by_trust_anchor(
            &certificate,
            &self.roots,
            intermediates,
            now,
            self.algorithms.all,
        )?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
