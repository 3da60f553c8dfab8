package dev.selvedge.bench.load;

import javax.net.SocketFactory;

/**
 * How one client reaches a server on loopback.
 *
 * @param sockets plain ones, or such that trust only this server's CA
 * @param topic what the client publishes to, or the filter it subscribes to
 */
public record Access(
        SocketFactory sockets, int port, String clientId, String userName, String password, String topic) {}
