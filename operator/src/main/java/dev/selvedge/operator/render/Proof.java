package dev.selvedge.operator.render;

import dev.selvedge.identity.Identity;
import dev.selvedge.operator.pki.KeyAndCertificate;
import org.jspecify.annotations.Nullable;

/**
 * With what an identity proves itself to its hub, and the hub to it.
 *
 * @param generation what it was made for
 * @param trusted certificates of the roots to trust, PEM
 * @param anchor the certificate of the root that whoever runs must have read, PEM: a pod is restarted when it changes
 * @param key in base64; null for an identity that shows a certificate
 * @param certificate null for an identity that shows a key
 */
public record Proof(
        Identity identity,
        String generation,
        String trusted,
        String anchor,
        @Nullable String key,
        @Nullable KeyAndCertificate certificate) {
    @Override
    public String toString() {
        return "Proof[" + identity + "]";
    }
}
