package dev.selvedge.operator.pki;

/** A certificate and its private key (PKCS #8), both PEM. */
public record KeyAndCertificate(String certificate, String key) {
    @Override
    public String toString() {
        return "KeyAndCertificate[hidden]";
    }
}
