package dev.selvedge.hub.log;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.slf4j.ILoggerFactory;
import org.slf4j.Logger;
import org.slf4j.simple.SimpleServiceProvider;

/** SLF4J's simple logger, which also notes warnings and errors in {@link Problems#LOGGED}. */
public final class RecordingProvider extends SimpleServiceProvider {
    private final Map<String, Logger> loggers = new ConcurrentHashMap<>();

    /** Makes this the provider of the process. Call it before anybody asks for a logger. */
    public static void install() {
        System.setProperty("slf4j.provider", RecordingProvider.class.getName());
        System.setProperty("slf4j.internal.verbosity", "WARN");
    }

    @Override
    public ILoggerFactory getLoggerFactory() {
        var simple = super.getLoggerFactory();
        return name ->
                loggers.computeIfAbsent(name, key -> new RecordingLogger(simple.getLogger(key), Problems.LOGGED));
    }
}
