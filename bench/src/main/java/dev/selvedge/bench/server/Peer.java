package dev.selvedge.bench.server;

import javax.net.SocketFactory;

import dev.selvedge.bench.load.Access;

/** What clients of a peer say: it lets everybody in, and its receiver takes everything. */
record Peer(SocketFactory sockets, int port) {
    Access publisher(int number) {
        return access("p" + number, "bench/p" + number);
    }

    Access receiver() {
        return access("receiver", "#");
    }

    /** Of one who only looks whether the server is there: under the receiver's name it would end the session that the receiver left. */
    Access probe() {
        return access("probe", "bench/probe");
    }

    private Access access(String clientId, String topic) {
        return new Access(sockets, port, clientId, "guest", "guest", topic);
    }
}
