package dev.selvedge.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;

/**
 * A registry in place of {@code selvedge.dev}, to which images are pushed and from which nodes pull them.
 *
 * @param name        registry.example/selvedge
 * @param credentials what {@code skopeo login} wrote down for it; missing where the nodes have credentials of their own, or need none
 */
record Registry(String name, JsonNode credentials) {
    /** The pull secret in each namespace. */
    static final String PULL_SECRET = "registry";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NAME = "SELVEDGE_REGISTRY";
    /** Also where skopeo looks for credentials. */
    private static final String CREDENTIALS = "REGISTRY_AUTH_FILE";

    private static final String ALL = "auths";

    /** The registry that the environment names. */
    static Optional<Registry> of(Map<String, String> environment) {
        var name = environment.getOrDefault(NAME, "");
        return name.isBlank()
                ? Optional.empty()
                : Optional.of(new Registry(name, read(environment.getOrDefault(CREDENTIALS, ""), host(name))));
    }

    private static JsonNode read(String file, String host) {
        try {
            return (file.isBlank()
                            ? JSON.createObjectNode()
                            : JSON.readTree(Path.of(file).toFile()))
                    .path(ALL)
                    .path(host);
        } catch (IOException e) {
            throw new UncheckedIOException(CREDENTIALS + " names " + file + ", which cannot be read", e);
        }
    }

    private static String host(String name) {
        return name.split("/", 2)[0];
    }

    /** The name without the path in it. */
    String host() {
        return host(name);
    }

    /** The values of the chart by which its images come from here. */
    List<String> values() {
        var values = new ArrayList<>(List.of("global.imageRegistry=" + name));
        if (!credentials.isMissingNode()) {
            values.add("global.imagePullSecrets={" + PULL_SECRET + "}");
        }
        return values;
    }

    /** The credentials for the nodes, of this registry and no other. */
    Optional<Secret> pullSecret(String namespace) {
        if (credentials.isMissingNode()) {
            return Optional.empty();
        }
        var config = JSON.createObjectNode();
        config.putObject(ALL).set(host(), credentials);
        return Optional.of(new SecretBuilder()
                .withNewMetadata()
                .withName(PULL_SECRET)
                .withNamespace(namespace)
                .endMetadata()
                .withType("kubernetes.io/dockerconfigjson")
                .addToStringData(".dockerconfigjson", config.toString())
                .build());
    }
}
