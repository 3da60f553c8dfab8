package dev.selvedge.e2e;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;

import io.fabric8.kubernetes.client.Config;

/** What kind of key a kubeconfig holds: the client takes every key for RSA unless it is told. */
final class KeyAlgorithm {
    private KeyAlgorithm() {}

    static String of(Config config) {
        if (config.getClientKeyData() == null) {
            return config.getClientKeyAlgo();
        }
        var pem = new String(Base64.getDecoder().decode(config.getClientKeyData()), StandardCharsets.US_ASCII);
        if (pem.contains("BEGIN EC PRIVATE KEY")) {
            return "EC";
        }
        var der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
        try {
            KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der));
            return "EC";
        } catch (GeneralSecurityException _) {
            return "RSA";
        }
    }
}
