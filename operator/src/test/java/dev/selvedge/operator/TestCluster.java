package dev.selvedge.operator;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;

import io.fabric8.kubernetes.client.Config;
import org.assertj.core.api.Assertions;

/** The throw-away cluster that {@code SELVEDGE_KUBECONFIG} names. */
final class TestCluster {
    private TestCluster() {}

    static Config config() {
        var file = System.getenv("SELVEDGE_KUBECONFIG");
        if (file == null || file.isBlank()) {
            Assertions.fail(
                    "these tests need a cluster: set SELVEDGE_KUBECONFIG to the kubeconfig of a throw-away one");
        }
        var config = Config.fromKubeconfig(Path.of(file).toFile());
        config.setClientKeyAlgo(keyAlgorithm(config));
        return config;
    }

    /** The client takes every key for RSA unless it is told. */
    private static String keyAlgorithm(Config config) {
        if (config.getClientKeyData() == null) {
            return config.getClientKeyAlgo();
        }
        var pem = new String(Base64.getDecoder().decode(config.getClientKeyData()), StandardCharsets.US_ASCII);
        var der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
        try {
            KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der));
            return "EC";
        } catch (GeneralSecurityException _) {
            return "RSA";
        }
    }
}
