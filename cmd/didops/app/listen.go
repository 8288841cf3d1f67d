package app

import (
	"context"
	"errors"
	"net"
	"net/http"
	"syscall"
	"time"

	"didops/internal/fault"
)

// drainTime is how long requests under way may take after the end was asked
// for.
const drainTime = 30 * time.Second

// listenOn opens an address. Its errors name the setting that the address is
// from: [fault.Invalid] for what is no address, [fault.Unavailable] for one
// that can't be had.
func listenOn(ctx context.Context, setting, address string) (net.Listener, error) {
	if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, fault.New(fault.Invalid, "%q is no address to listen on", address).
			WithField(setting).WithHint("give host and port, such as 127.0.0.1:8932").WithCause(err)
	}
	socket, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fault.New(fault.Unavailable, "the address %s is in use by another program", address).
			WithField(setting).WithHint("end that program, or choose another port").WithCause(err)
	case err != nil:
		return nil, fault.New(fault.Unavailable, "the address %s can't be listened on", address).
			WithField(setting).WithHint("it must be one of this machine, with a port that this user may open").WithCause(err)
	}
	return socket, nil
}

// serveOn serves until ctx ends, with TLS where the server has a
// configuration of it, at most maxConnections at a time. Requests under way may then finish within drainTime
// and are cut off after it, which is no error.
func serveOn(ctx context.Context, socket net.Listener, server *http.Server) error {
	newConnLimiter(MaxConnections).guard(server)
	ended := make(chan error, 1)
	go func() {
		if server.TLSConfig != nil {
			ended <- server.ServeTLS(socket, "", "")
			return
		}
		ended <- server.Serve(socket)
	}()
	select {
	case err := <-ended:
		return fault.New(fault.Unavailable, "the address %s can't be served any more", socket.Addr()).WithCause(err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if server.Shutdown(drain) != nil {
		_ = server.Close()
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return fault.New(fault.Unavailable, "the address %s was not closed well", socket.Addr()).WithCause(err)
	}
	return nil
}
