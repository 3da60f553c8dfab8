package dev.selvedge.operator.chart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** The pages that lead to a site on the quickstart's manifests bring the images of its modules where nodes find them. */
class QuickstartPagesTest {
    private static final Path PAGES = Path.of("../docs/how-to");
    private static final Path QUICKSTART = Path.of("../examples/quickstart");
    private static final Pattern IMAGE = Pattern.compile("(?m)^ *image: (\\S+)/([a-z-]+):\\S+$");
    private static final Pattern RENAME = Pattern.compile("sed -i '[^']+' site/\\*\\.yaml");

    @ParameterizedTest
    @ValueSource(strings = {"k3s", "air-gap", "registry"})
    void namesTheImageOfEveryModule(String page) throws IOException {
        var text = Files.readString(PAGES.resolve(page + ".md"));

        assertThat(images(QUICKSTART).keySet())
                .isNotEmpty()
                .allSatisfy(name -> assertThat(text).containsPattern("\\b" + name + "\\b"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"k3s", "registry"})
    void takesEveryImageFromARegistryAndChangesNothingElse(String page, @TempDir Path folder) throws IOException {
        var rename = RENAME.matcher(Files.readString(PAGES.resolve(page + ".md")));
        assertThat(rename.find()).isTrue();

        var answer = Chart.run(List.of(
                "bash",
                "-euc",
                "cp -r examples/quickstart \"$0\"/site; cd \"$0\"; eval \"$1\"",
                folder.toString(),
                rename.group()));

        assertThat(answer.code()).as(answer.text()).isZero();
        assertThat(images(folder.resolve("site")).values()).containsOnly("registry.example/selvedge");
        for (var file : yaml(QUICKSTART)) {
            assertThat(folder.resolve("site").resolve(file.getFileName()))
                    .content()
                    .isEqualTo(Files.readString(file)
                            .replace("image: selvedge.dev/", "image: registry.example/selvedge/"));
        }
    }

    /** The registry of each image, by the image's name. */
    private static Map<String, String> images(Path folder) throws IOException {
        var images = new TreeMap<String, String>();
        for (var file : yaml(folder)) {
            IMAGE.matcher(Files.readString(file))
                    .results()
                    .forEach(image -> images.put(image.group(2), image.group(1)));
        }
        return images;
    }

    private static List<Path> yaml(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".yaml")).toList();
        }
    }
}
