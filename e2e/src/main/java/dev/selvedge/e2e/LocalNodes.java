package dev.selvedge.e2e;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The nodes of {@code cluster/}. */
record LocalNodes(Shell shell) implements Nodes {
    private static final Duration LOADED = Duration.ofMinutes(5);

    @Override
    public void load(List<String> archives) {
        var command = new ArrayList<>(List.of("cluster/cluster", "load"));
        command.addAll(archives);
        shell.run(LOADED, command);
    }

    @Override
    public void kill(String node, String id) {
        shell.run("cluster/cluster", "kill-container", node, id);
    }
}
