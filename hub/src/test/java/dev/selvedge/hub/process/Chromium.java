package dev.selvedge.hub.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Debian's Chromium, without a screen. */
final class Chromium {
    private static final int SECONDS = 90;

    private final Path folder;
    private final boolean dark;

    /** @param folder for its profile and logs */
    Chromium(Path folder, boolean dark) throws IOException {
        this.folder = Files.createDirectories(folder);
        this.dark = dark;
    }

    /** What a page is after its scripts have worked for a while, and what they wrote to the console. */
    record Opened(String dom, List<String> console) {}

    /** Opens a page and lets it poll a few times. */
    Opened open(String url) throws IOException, InterruptedException {
        var dom = run("--virtual-time-budget=12000", "--dump-dom", url);
        try (var log = Files.lines(folder.resolve("log"))) {
            return new Opened(dom, log.filter(line -> line.contains(":CONSOLE")).toList());
        }
    }

    /** Makes a picture of a page, as PNG. */
    void screenshot(String url, Path png, int width, int height) throws IOException, InterruptedException {
        run(
                "--virtual-time-budget=12000",
                "--hide-scrollbars",
                "--disable-lcd-text",
                "--window-size=" + width + "," + height,
                "--screenshot=" + png,
                url);
    }

    private String run(String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(
                "chromium",
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--enable-logging=stderr",
                "--blink-settings=preferredColorScheme=" + (dark ? 0 : 1),
                "--user-data-dir=" + folder.resolve("profile")));
        command.addAll(Stream.of(arguments).toList());
        var out = folder.resolve("out").toFile();
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .redirectOutput(out)
                    .redirectError(folder.resolve("log").toFile())
                    .start();
        } catch (IOException e) {
            throw new IOException("chromium is missing, which opens the status page: apt-get install chromium", e);
        }
        if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            throw new IOException("chromium did not end: " + Files.readString(folder.resolve("log")));
        }
        return Files.readString(out.toPath());
    }
}
