package dev.selvedge.hub.desk;

/** Where a running hub's {@link StoreDesk} is, on its management port, behind the token of {@link Access}. */
public final class Paths {
    /** GET: {@link Contents}. All others begin so. */
    public static final String STORE = "/store";
    /** GET with {@code endpoint}, {@code section}, {@code after}, {@code max}: a page. POST with a list of messages: stores them. */
    public static final String MESSAGES = STORE + "/messages";
    /** GET. */
    public static final String INSPECTION = STORE + "/inspection";
    /** POST with {@code endpoint} and {@code section}. */
    public static final String PURGE = STORE + "/purge";
    /** POST with {@code endpoint}. */
    public static final String RELEASE = STORE + "/release";
    /** Most bytes of a body. */
    public static final int MAX_BODY = 4 << 20;

    private Paths() {}
}
