package dev.selvedge.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A bare Git repository in a folder, which Argo CD reads as {@code file://}, and the clone from which a person pushes. */
final class Repository {
    private final Shell shell;
    private final Path clone;
    private final Path bare;

    /** Makes an empty repository with a branch {@code main}. */
    Repository(Shell shell, Path folder, String name) throws IOException {
        this.shell = shell;
        bare = folder.resolve(name + ".git");
        clone = Files.createDirectories(folder.resolve(name));
        shell.run("git", "init", "--quiet", "--bare", "--initial-branch=main", bare.toString());
        git("init", "--quiet", "--initial-branch=main");
    }

    String url() {
        return bare.toUri().toString().replaceAll("^file:/+", "file:///").replaceAll("/$", "");
    }

    /** Copies a folder into the clone, in each file with every key of {@code replace} made into its value. */
    void copy(Path from, String to, Map<String, String> replace) throws IOException {
        try (var files = Files.walk(from)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                var text = Files.readString(file);
                for (var change : replace.entrySet()) {
                    text = text.replace(change.getKey(), change.getValue());
                }
                var target = clone.resolve(to).resolve(from.relativize(file).toString());
                Files.createDirectories(target.getParent());
                Files.writeString(target, text);
            }
        }
    }

    Path file(String path) {
        return clone.resolve(path);
    }

    /** Commits the clone as it is to {@code main}. */
    void push(String message) {
        git("add", "--all");
        git("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com", "commit", "--quiet", "-m", message);
        git("push", "--quiet", bare.toString(), "main");
    }

    /** Tags what was pushed last. */
    void tag(String name) {
        git("tag", name);
        git("push", "--quiet", bare.toString(), name);
    }

    private void git(String... arguments) {
        var command = new ArrayList<>(List.of("git", "-C", clone.toString()));
        command.addAll(List.of(arguments));
        shell.run(command.toArray(String[]::new));
    }
}
