package dev.selvedge.hub.http;

/** A request that is not served: the status and the words of the answer. */
final class HttpException extends Exception {
    private final int status;

    HttpException(int status, String why) {
        super(why);
        this.status = status;
    }

    int status() {
        return status;
    }
}
