package dev.selvedge.json;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.io.IOContext;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import com.fasterxml.jackson.databind.ObjectMapper;

/**
 * Reads what an API server says. It may store objects nested ten thousand levels deep, and whatever walks such a tree ends the small stack of its thread;
 * to refuse one would end a watch, for all. So it is read, and what is deeper than {@link #LEVELS} is left out: objects and arrays there are empty.
 * Whoever reads a document that may be cut asks {@link Nesting} first.
 */
public final class ShallowJson extends JsonFactory {
    /** More than {@link Nesting#MAX} together with where a document is in a list of objects, or in their managed fields: a cut is always found. */
    static final int LEVELS = 100;

    /** What the API server's own decoder takes, and a list around it. */
    private static final int MOST_LEVELS = 11_000;

    private ShallowJson() {
        setStreamReadConstraints(
                StreamReadConstraints.builder().maxNestingDepth(MOST_LEVELS).build());
    }

    /** A mapper that reads so. */
    public static ObjectMapper mapper() {
        return new ObjectMapper(new ShallowJson());
    }

    @Override
    protected JsonParser _createParser(InputStream in, IOContext context) throws IOException {
        return new Cut(super._createParser(in, context));
    }

    @Override
    protected JsonParser _createParser(Reader reader, IOContext context) throws IOException {
        return new Cut(super._createParser(reader, context));
    }

    @Override
    protected JsonParser _createParser(char[] text, int offset, int length, IOContext context, boolean recyclable)
            throws IOException {
        return new Cut(super._createParser(text, offset, length, context, recyclable));
    }

    @Override
    protected JsonParser _createParser(byte[] text, int offset, int length, IOContext context) throws IOException {
        return new Cut(super._createParser(text, offset, length, context));
    }

    private static final class Cut extends JsonParserDelegate {
        Cut(JsonParser whole) {
            super(whole);
        }

        @Override
        public JsonToken nextToken() throws IOException {
            var deepest = delegate.isExpectedStartObjectToken() || delegate.isExpectedStartArrayToken();
            return deepest && delegate.getParsingContext().getNestingDepth() > LEVELS
                    ? delegate.skipChildren().currentToken()
                    : delegate.nextToken();
        }

        @Override
        public JsonToken nextValue() throws IOException {
            var token = nextToken();
            return token == JsonToken.FIELD_NAME ? nextToken() : token;
        }
    }
}
