package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"didops/bots/mcp"
	"didops/internal/config"
	"didops/internal/fault"
)

// drainTime is how long requests under way may take after the end was asked
// for.
const drainTime = 10 * time.Second

func (a *app) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Serve everything that is configured, until stopped",
		Long: "Serve what the configuration names, until interrupted: with [http] listen, MCP over HTTP at /mcp " +
			"and health at /healthz and /readyz.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context()) },
	}
}

func (a *app) serve(ctx context.Context) error {
	c, err := a.config()
	if err != nil {
		return err
	}
	if err := servable(c); err != nil {
		return err
	}
	gate, err := a.gate(ctx)
	if err != nil {
		return err
	}
	server, err := mcp.New(mcp.Config{Gate: gate, Version: version(), Log: a.log(), Now: a.now})
	if err != nil {
		return err
	}
	handler, err := a.handler(ctx, c, server)
	if err != nil {
		return err
	}
	return a.listen(ctx, c, handler)
}

// servable refuses settings that would leave something unserved or, worse,
// unguarded.
func servable(c *config.Config) error {
	switch {
	case c.HTTP.Listen == "":
		return fault.New(fault.Invalid, "there is nothing to serve").WithField("http.listen").
			WithHint(`set listen = "127.0.0.1:8931" under [http], or use "didops mcp" for an assistant on this machine`)
	case c.HTTP.OAuth.Issuer != "":
		return fault.New(fault.Invalid, "this version does not check access tokens of an issuer").WithField("http.oauth.issuer").
			WithHint("name the clients and their bearer tokens under [[http.clients]]")
	case c.Discord.Token.IsSet():
		return fault.New(fault.Invalid, "this version has no Discord bot").WithField("discord.token").
			WithHint("leave [discord] token empty")
	}
	return nil
}

func (a *app) handler(ctx context.Context, c *config.Config, server *mcp.Server) (*mcp.Handler, error) {
	h := mcp.HTTP{
		Listen: c.HTTP.Listen, AllowedHosts: c.HTTP.AllowedHosts, AllowedOrigins: c.HTTP.AllowedOrigins,
		LoopbackPrincipal: a.person(ctx), RequestsPerMinute: c.HTTP.RequestsPerMinute,
	}
	for _, client := range c.HTTP.Clients {
		m := mcp.Client{Name: client.Name, Role: roleOf(string(client.Role))}
		if _, err := hex.Decode(m.TokenSHA256[:], []byte(client.TokenSHA256)); err != nil {
			return nil, fault.New(fault.Invalid, "token_sha256 of %s is not 64 hexadecimal digits", client.Name).WithField("http.clients")
		}
		h.Clients = append(h.Clients, m)
	}
	handler, err := server.Handler(h)
	if err != nil {
		return nil, fault.New(fault.Invalid, "%v", err).WithField("http").
			WithHint("name the clients under [[http.clients]] and the host names in allowed_hosts")
	}
	return handler, nil
}

// listen serves the handler and the health paths until ctx ends, then lets
// requests under way finish.
func (a *app) listen(ctx context.Context, c *config.Config, h *mcp.Handler) error {
	mux := http.NewServeMux()
	mux.Handle("/mcp", h)
	servers := []listener{{c.HTTP.Listen, h.NewHTTPServer(mux), c.HTTP.TLSCert, c.HTTP.TLSKey}}
	health := mux
	if c.HTTP.AdminListen != "" {
		health = http.NewServeMux()
		servers = append(servers, listener{address: c.HTTP.AdminListen, server: h.NewHTTPServer(health)})
	}
	health.HandleFunc("GET /healthz", healthy)
	health.HandleFunc("GET /readyz", healthy)

	group, ctx := errgroup.WithContext(ctx)
	for _, l := range servers {
		socket, err := (&net.ListenConfig{}).Listen(ctx, "tcp", l.address)
		if err != nil {
			return fault.New(fault.Unavailable, "the address %s can't be listened on", l.address).WithField("http.listen").WithCause(err)
		}
		log := a.log()
		log.Info().Stringer("address", socket.Addr()).Msg("serving")
		group.Go(func() error { return l.serve(socket) })
		group.Go(func() error {
			<-ctx.Done()
			drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
			defer cancel()
			return l.server.Shutdown(drain)
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

func healthy(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
}

type listener struct {
	address   string
	server    *http.Server
	cert, key string
}

func (l listener) serve(socket net.Listener) error {
	var err error
	if l.cert != "" {
		err = l.server.ServeTLS(socket, l.cert, l.key)
	} else {
		err = l.server.Serve(socket)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
