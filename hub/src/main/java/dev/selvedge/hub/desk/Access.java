package dev.selvedge.hub.desk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;

import com.fasterxml.jackson.databind.ObjectMapper;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * How to reach the store of a running hub. The hub writes it into its data folder when it starts, for its own user only, and takes it away when it
 * stops: whoever can read it could read the store beside it as well.
 *
 * @param url of the management port
 * @param token anew at each start
 */
public record Access(String url, String token) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String FILE = "management.json";
    private static final int TOKEN_BYTES = 32;

    /** A new token for a hub that listens on this host and port. */
    public static Access issue(String host, int port) {
        var random = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(random);
        var token = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        return new Access("http://" + (host.equals("0.0.0.0") ? "127.0.0.1" : host) + ":" + port, token);
    }

    /** Puts it into a data folder in place of an older one. */
    public void write(Path data) throws IOException {
        var temporary = data.resolve(FILE + ".new");
        Files.deleteIfExists(temporary);
        Files.createFile(temporary, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.write(temporary, JSON.writeValueAsBytes(this));
        Files.move(temporary, data.resolve(FILE), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** What the hub that runs on a data folder wrote there. */
    public static Access read(Path data) throws IOException {
        var file = data.resolve(FILE);
        try {
            return JSON.readValue(Files.readAllBytes(file), Access.class);
        } catch (NoSuchFileException e) {
            throw new IOException(
                    "no hub runs on " + data + ": " + file
                            + " is not there. Of a hub that does not run, name the folder: --folder " + data,
                    e);
        }
    }

    /** The hub stops. */
    public static void remove(Path data) throws IOException {
        Files.deleteIfExists(data.resolve(FILE));
    }

    /** Whether what somebody shows is the token; takes the same time whatever they show. */
    public boolean admits(String shown) {
        return MessageDigest.isEqual(shown.getBytes(UTF_8), token.getBytes(UTF_8));
    }

    /** Without the token. */
    @Override
    public String toString() {
        return "Access[url=" + url + "]";
    }
}
