package dev.selvedge.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The broker of {@code cluster/}, behind a link that can be cut. */
final class LocalMosquitto implements Mosquitto {
    private final Shell shell;
    private final Map<String, String> info;

    /** Starts it if it is not up. */
    LocalMosquitto(Shell shell) {
        this.shell = shell;
        shell.run("cluster/cluster", "broker", "up");
        info = shell.settings("cluster/cluster", "broker", "info");
    }

    @Override
    public String url() {
        return get("BROKER_URL_PODS");
    }

    @Override
    public String user() {
        return get("BROKER_USER");
    }

    @Override
    public String password() {
        return file("BROKER_PASSWORD_FILE").strip();
    }

    @Override
    public String ca() {
        return file("BROKER_CA");
    }

    @Override
    public int door() {
        return URI.create(get("BROKER_URL")).getPort();
    }

    @Override
    public void cut() {
        shell.run("cluster/cluster", "broker", "cut");
    }

    @Override
    public void restore() {
        shell.run("cluster/cluster", "broker", "restore");
    }

    private String file(String name) {
        try {
            return Files.readString(Path.of(get(name)));
        } catch (IOException e) {
            throw new UncheckedIOException("the broker's " + name + " cannot be read", e);
        }
    }

    private String get(String name) {
        var value = info.get(name);
        if (value == null) {
            throw new IllegalStateException("'cluster/cluster broker info' does not say " + name);
        }
        return value;
    }

    @Override
    public void close() {
        // it stays up with the cluster
    }
}
