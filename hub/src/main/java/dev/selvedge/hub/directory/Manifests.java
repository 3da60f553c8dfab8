package dev.selvedge.hub.directory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.api.v1alpha1.EdgeModule;
import dev.selvedge.api.v1alpha1.ModuleTwin;
import dev.selvedge.json.Nesting;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/**
 * What a folder of manifests holds: the same files as for a cluster. Kinds that mean nothing to a hub alone are left out.
 *
 * @param secrets contents of Secrets by name and key
 */
record Manifests(
        List<EdgeHub> hubs,
        List<EdgeModule> modules,
        List<ModuleTwin> twins,
        Map<String, Map<String, byte[]>> secrets) {
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory())
            .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false)
            .setAnnotationIntrospector(new RequiredFields());

    /** Reads all {@code *.yaml} and {@code *.yml} of a folder, by name. The message of a failure names the file. */
    static Manifests read(Path folder) throws IOException {
        var manifests = new Manifests(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new HashMap<>());
        for (var file : files(folder)) {
            try (var documents = YAML.readerFor(JsonNode.class).<JsonNode>readValues(Files.readString(file))) {
                while (documents.hasNext()) {
                    var document = documents.next();
                    if (document != null && Nesting.tooDeep(document)) {
                        throw new IOException("nested deeper than " + Nesting.MAX + " levels");
                    }
                    if (document != null && document.isObject()) {
                        manifests.add(document);
                    }
                }
            } catch (IOException | RuntimeException e) {
                throw new IOException(file.getFileName() + ": " + e.getMessage(), e);
            }
        }
        return manifests;
    }

    static List<Path> files(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.filter(
                            f -> f.toString().endsWith(".yaml") || f.toString().endsWith(".yml"))
                    .sorted()
                    .toList();
        }
    }

    private void add(JsonNode document) throws IOException {
        switch (document.path("kind").asText()) {
            case "EdgeHub" -> hubs.add(resource(document, EdgeHub.class));
            case "EdgeModule" -> modules.add(resource(document, EdgeModule.class));
            case "ModuleTwin" -> twins.add(resource(document, ModuleTwin.class));
            case "Secret" -> secrets.put(document.path("metadata").path("name").asText(), secret(document));
            default -> {}
        }
    }

    private static <T> T resource(JsonNode document, Class<T> type) throws IOException {
        var name = document.path("metadata").path("name");
        if (!name.isTextual()) {
            throw new IOException("metadata.name is missing in a manifest of kind " + type.getSimpleName());
        }
        if (!document.path("spec").isObject()) {
            throw new IOException("spec is missing in " + type.getSimpleName() + " '" + name.asText() + "'");
        }
        return YAML.treeToValue(document, type);
    }

    private static Map<String, byte[]> secret(JsonNode document) {
        var values = new HashMap<String, byte[]>();
        document.path("data")
                .properties()
                .forEach(entry -> values.put(
                        entry.getKey(),
                        Base64.getMimeDecoder().decode(entry.getValue().asText())));
        document.path("stringData")
                .properties()
                .forEach(entry ->
                        values.put(entry.getKey(), entry.getValue().asText().getBytes(StandardCharsets.UTF_8)));
        return values;
    }

    /** Refuses what an API server would refuse, since the plan takes it for granted: an object without a field that it must have. */
    private static final class RequiredFields extends JacksonAnnotationIntrospector {
        private static final long serialVersionUID = 1L;

        @Override
        public @Nullable Boolean hasRequiredMarker(AnnotatedMember member) {
            return member.hasAnnotation(Required.class) ? Boolean.TRUE : super.hasRequiredMarker(member);
        }
    }
}
