package dev.selvedge.hub.tool;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

import dev.selvedge.hub.desk.StoreDesk;
import dev.selvedge.hub.desk.StoreDesk.Section;
import dev.selvedge.hub.desk.StoredMessage;
import org.jspecify.annotations.Nullable;

/** What an endpoint has, in order, a page at a time: never all of it in memory. */
final class Messages {
    private static final int PAGE = 500;

    private final StoreDesk store;
    private final String endpoint;
    private final Section section;
    private final Deque<StoredMessage> page = new ArrayDeque<>();
    private @Nullable String after;
    private boolean ended;

    Messages(StoreDesk store, String endpoint, Section section) {
        this.store = store;
        this.endpoint = endpoint;
        this.section = section;
    }

    static Section section(boolean quarantine) {
        return quarantine ? Section.QUARANTINE : Section.QUEUE;
    }

    /**
     * The next message, null at the end.
     *
     * @param atMost how many more will be asked for
     */
    @Nullable
    StoredMessage next(long atMost) throws IOException {
        if (page.isEmpty() && !ended) {
            var read = store.page(endpoint, section, after, (int) Math.min(atMost, PAGE));
            page.addAll(read.messages());
            after = read.next();
            ended = after == null;
        }
        return page.poll();
    }
}
