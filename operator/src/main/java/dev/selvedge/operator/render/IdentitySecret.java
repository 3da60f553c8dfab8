package dev.selvedge.operator.render;

import java.util.TreeMap;

import dev.selvedge.identity.ConnectionString;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;

/** The Secret from which an identity learns where its hub is and how to prove itself. */
public final class IdentitySecret {
    private IdentitySecret() {}

    /**
     * Keys {@code ca.crt} and the connection string; {@code tls.crt} and {@code tls.key} for an identity that shows a certificate.
     *
     * @param key the key of the connection string
     * @param gatewayHost the name under which the identity finds its hub
     */
    static Secret of(ObjectMeta meta, String key, String gatewayHost, Proof proof) {
        var data = new TreeMap<String, String>();
        data.put(key, Texts.base64(new ConnectionString(gatewayHost, proof.identity(), proof.key()).text()));
        data.put(HubObjects.CA_CERTIFICATE, Texts.base64(proof.trusted()));
        var certificate = proof.certificate();
        if (certificate != null) {
            data.put(HubObjects.TLS_CERTIFICATE, Texts.base64(certificate.certificate()));
            data.put(HubObjects.TLS_KEY, Texts.base64(certificate.key()));
        }
        return new SecretBuilder()
                .withMetadata(meta)
                .withType("Opaque")
                .withData(data)
                .build();
    }
}
