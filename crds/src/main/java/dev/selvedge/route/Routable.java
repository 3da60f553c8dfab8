package dev.selvedge.route;

import org.jspecify.annotations.Nullable;

/** What routes see of a message. */
public interface Routable {
    /** {@code /messages/modules/m/outputs/o}, {@code /messages/modules/m}, {@code /messages} or {@code /twinChangeNotifications}. */
    String sourcePath();

    /** An application property, its name in any case; null when absent. */
    @Nullable
    String property(String name);

    /** A system property by edgeHub's inward name ({@code contentType}, {@code connectionModuleId}, …) in any case; null when absent. */
    @Nullable
    String systemProperty(String name);

    /** The body as it was sent; not copied, not changed. */
    byte[] body();
}
