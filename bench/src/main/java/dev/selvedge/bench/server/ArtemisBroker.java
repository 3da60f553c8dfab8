package dev.selvedge.bench.server;

import java.util.Map;

import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.server.JournalType;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.artemis.core.settings.impl.AddressSettings;

/** The process of {@link Artemis}. */
public final class ArtemisBroker {
    private static final int JOURNAL_FILE_BYTES = 10 << 20;

    private ArtemisBroker() {}

    /** @param args folder, port, key store, journal type, nanoseconds that its journal collects writes */
    public static void main(String[] args) throws Exception {
        var configuration = new ConfigurationImpl()
                .setName("bench")
                .setSecurityEnabled(false)
                .setJMXManagementEnabled(false)
                .setPersistenceEnabled(true)
                .setJournalDirectory(args[0] + "/journal")
                .setBindingsDirectory(args[0] + "/bindings")
                .setPagingDirectory(args[0] + "/paging")
                .setLargeMessagesDirectory(args[0] + "/large")
                .setJournalType(JournalType.valueOf(args[3]))
                .setJournalDatasync(true)
                .setJournalSyncTransactional(true)
                .setJournalSyncNonTransactional(true)
                .setJournalFileSize(JOURNAL_FILE_BYTES)
                .setJournalMinFiles(10)
                .setJournalPoolFiles(10)
                .setMaxDiskUsage(-1)
                .setAddressSettings(Map.of("#", new AddressSettings()));
        var nanos = Integer.parseInt(args[4]);
        configuration.setJournalBufferTimeout_NIO(nanos).setJournalBufferTimeout_AIO(nanos);
        configuration.addAcceptorConfiguration(
                "mqtt",
                "tcp://127.0.0.1:" + args[1] + "?protocols=MQTT;tcpNoDelay=true;sslEnabled=true;keyStoreType=PKCS12"
                        + ";keyStorePath=" + args[2] + ";keyStorePassword=" + Certificate.PASSWORD);
        var broker = new EmbeddedActiveMQ().setConfiguration(configuration);
        broker.start();
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> stop(broker)));
    }

    private static void stop(EmbeddedActiveMQ broker) {
        try {
            broker.stop();
        } catch (Exception e) {
            System.err.println("the broker did not stop: " + e);
        }
    }
}
