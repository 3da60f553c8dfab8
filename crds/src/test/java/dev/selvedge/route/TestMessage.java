package dev.selvedge.route;

import java.util.Map;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

/** A message of a module, which counts how often its body is looked at. */
final class TestMessage implements Routable {
    private final Map<String, String> properties = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private final Map<String, String> system = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private final byte[] body;
    int bodyReads;

    TestMessage(Map<String, String> properties, Map<String, String> system, byte[] body) {
        this.properties.putAll(properties);
        this.system.putAll(system);
        this.body = body;
    }

    @Override
    public String sourcePath() {
        return "/messages/modules/m/outputs/o";
    }

    @Override
    public @Nullable String property(String name) {
        return properties.get(name);
    }

    @Override
    public @Nullable String systemProperty(String name) {
        return system.get(name);
    }

    @Override
    public byte[] body() {
        bodyReads++;
        return body;
    }
}
