package dev.selvedge.operator.render;

import dev.selvedge.identity.Identity;
import dev.selvedge.operator.pki.KeyAndCertificate;
import org.jspecify.annotations.Nullable;

/**
 * With what an identity proves itself to its hub, and the hub to it.
 *
 * @param generation what it was made for
 * @param caCertificate PEM
 * @param key in base64; null for an identity that shows a certificate
 * @param certificate null for an identity that shows a key
 */
public record Proof(
        Identity identity,
        String generation,
        String caCertificate,
        @Nullable String key,
        @Nullable KeyAndCertificate certificate) {
    @Override
    public String toString() {
        return "Proof[" + identity + "]";
    }
}
