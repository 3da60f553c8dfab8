package dev.selvedge.hub.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A folder that may be a mounted Secret: Kubernetes replaces all of its files at once, by a link to another folder. */
final class MountedFolder {
    private MountedFolder() {}

    /** The folder whose files belong together now. */
    static Path version(Path folder) throws IOException {
        var version = folder.resolve("..data");
        return Files.isDirectory(version) ? version.toRealPath() : folder;
    }
}
