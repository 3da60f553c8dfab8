package dev.selvedge.hub.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whose a folder is, and in which format: two lines in the file {@code owner}. The state journal is a second witness, for the day when one of
 * the two is damaged.
 */
final class Owner {
    /** The second witness. */
    static final String KEY = "owner";

    private static final Logger LOG = LoggerFactory.getLogger(Owner.class);
    private static final String FORMAT = "selvedge-store 3";

    private final Disk disk;
    private final Path folder;
    private final Path file;
    private final String deviceId;

    Owner(Disk disk, Path folder, String deviceId) {
        this.disk = disk;
        this.folder = folder;
        this.deviceId = deviceId;
        file = folder.resolve("owner");
    }

    /**
     * Whose a folder is.
     *
     * @throws StoreException when its file does not say so
     */
    static String of(Path folder) throws IOException {
        var file = folder.resolve("owner");
        var lines = Files.exists(file) ? Files.readAllLines(file) : List.<String>of();
        if (lines.size() < 2 || !lines.getFirst().startsWith("selvedge-store ")) {
            throw new StoreException("there is no store in " + folder
                    + ", or its file 'owner' is damaged: name the folder that holds 'owner' and 'state'");
        }
        return lines.get(1);
    }

    /** What the file says when all is well. */
    byte[] text() {
        return (FORMAT + "\n" + deviceId + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Makes sure that the folder is this device's, and reads the journal.
     *
     * @throws StoreException when it is not, or when neither witness says so
     */
    void claim(StateJournal journal) throws IOException {
        var found = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
        var names = disk.list(folder);
        var hasLogs = names.stream().anyMatch(name -> name.startsWith("log-"));
        if (names.contains("state")) {
            journal.read();
        } else if (found.length == 0 && !hasLogs) {
            write();
            return;
        }
        if (!Arrays.equals(found, text())) {
            if (!Arrays.equals(journal.get(KEY), text())) {
                throw new StoreException(refusal(new String(found, StandardCharsets.UTF_8)));
            }
            LOG.error(
                    "{} was missing or damaged and is written again: the state journal says whose the store is", file);
            journal.damaged();
            write();
        }
        if (hasLogs && journal.isMissing()) {
            LOG.error("the state journal in {} is missing: twins, sessions and cursors are lost", folder);
            journal.damaged();
        }
    }

    private String refusal(String found) {
        var lines = found.lines().toList();
        if (lines.isEmpty()) {
            return "the store in " + folder + " does not say whose it is: if it is this device's, write '" + FORMAT
                    + "' and '" + deviceId + "', a line each, into its file 'owner'";
        }
        if (!lines.getFirst().equals(FORMAT)) {
            return "the store in " + folder + " has the format '" + lines.getFirst() + "', this hub reads '" + FORMAT
                    + "': let the version that wrote it deliver what waits, or export it with that and import it with this";
        }
        return "the store in " + folder + " belongs to device '" + (lines.size() < 2 ? "" : lines.get(1))
                + "', not to '" + deviceId + "': mount this device's own volume, or give the device that id back";
    }

    private void write() throws IOException {
        var temporary = folder.resolve("owner.new");
        try (var handle = disk.open(temporary)) {
            handle.truncate(0);
            handle.write(ByteBuffer.wrap(text()), 0);
            handle.force();
        }
        disk.move(temporary, file);
        disk.syncFolder(folder);
    }
}
