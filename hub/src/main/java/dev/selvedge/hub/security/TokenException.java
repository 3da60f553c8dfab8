package dev.selvedge.hub.security;

/** A SAS token that cannot be read. The message says what is wrong and never holds the signature. */
public final class TokenException extends Exception {
    TokenException(String message) {
        super(message);
    }
}
