package dev.selvedge.hub.client;

import java.util.stream.Stream;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.twin.MergePatch;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class DoubtTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void theNextPatchIsRightWhetherTheClientObeyedOrNot() throws Exception {
        for (var seen : all()) {
            for (var middle : all()) {
                var patch = MergePatch.difference(seen, middle);
                var doubted = Doubt.of(seen, patch);
                for (var desired : all()) {
                    var next = MergePatch.difference(doubted, desired);
                    assertThat(Stream.of(seen, middle).map(client -> MergePatch.apply(client, next)))
                            .as("%s, perhaps %s, then %s", seen, middle, desired)
                            .containsOnly(desired);
                }
            }
        }
    }

    @Test
    void itStaysRightWhenTheNextPatchIsInDoubtToo() throws Exception {
        for (var seen : all()) {
            for (var middle : all()) {
                var first = MergePatch.difference(seen, middle);
                var doubted = Doubt.of(seen, first);
                for (var later : all()) {
                    var second = MergePatch.difference(doubted, later);
                    var twice = Doubt.of(doubted, second);
                    for (var desired : all()) {
                        var next = MergePatch.difference(twice, desired);
                        assertThat(Stream.of(seen, middle, later).map(client -> MergePatch.apply(client, next)))
                                .as("%s, perhaps %s or %s, then %s", seen, middle, later, desired)
                                .containsOnly(desired);
                    }
                }
            }
        }
    }

    private static ObjectNode[] all() throws Exception {
        var values = new String[] {
            "{}",
            "{'a':1}",
            "{'a':2}",
            "{'a':[1]}",
            "{'a':{}}",
            "{'a':{'b':1}}",
            "{'a':{'b':2}}",
            "{'a':{'b':{}}}",
            "{'a':{'c':1}}",
            "{'a':{'b':1,'c':1}}",
            "{'a':{'b':{'d':1}}}",
            "{'a':{'b':{'e':1},'c':2}}",
        };
        var all = new ObjectNode[values.length];
        for (var i = 0; i < all.length; i++) {
            all[i] = (ObjectNode) JSON.readTree(values[i].replace('\'', '"'));
        }
        return all;
    }
}
