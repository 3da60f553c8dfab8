package dev.selvedge.operator.cache;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;

/** Whole objects that are seldom read, each packed into one or two KiB where it takes twenty unpacked; by namespace and name. Thread-safe. */
final class Archive<T extends HasMetadata> {
    private final Class<T> type;
    private final KubernetesSerialization json;
    private final Map<String, byte[]> packed = new ConcurrentHashMap<>();

    Archive(Class<T> type, KubernetesSerialization json) {
        this.type = type;
        this.json = json;
    }

    void put(String key, T object) {
        var bytes = new ByteArrayOutputStream();
        try (var out = new DeflaterOutputStream(bytes)) {
            out.write(json.asJson(object).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        packed.put(key, bytes.toByteArray());
    }

    void remove(String key) {
        packed.remove(key);
    }

    Optional<T> get(String key) {
        return Optional.ofNullable(packed.get(key))
                .map(bytes -> json.unmarshal(new InflaterInputStream(new ByteArrayInputStream(bytes)), type));
    }
}
