package main

import (
	"context"
	"crypto/tls"
	"encoding/hex"
	"net"
	"net/http"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"didops/bots/mcp"
	"didops/internal/config"
	"didops/internal/fault"
)

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
	server, err := a.mcpServer(ctx)
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
		LoopbackPrincipal: a.neighbour(ctx), RequestsPerMinute: c.HTTP.RequestsPerMinute,
	}
	for _, client := range c.HTTP.Clients {
		m := mcp.Client{Name: client.Name, Role: roleOf(string(client.Role)), MayElicit: client.MayElicit}
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
	newServer := h.NewHTTPServer
	public := &endpoint{setting: "http.listen", address: c.HTTP.Listen, server: newServer(mux)}
	if err := public.secure(c.HTTP.TLSCert, c.HTTP.TLSKey); err != nil {
		return err
	}
	endpoints := []*endpoint{public}
	health := mux
	if c.HTTP.AdminListen != "" {
		health = http.NewServeMux()
		endpoints = append(endpoints, &endpoint{setting: "http.admin_listen", address: c.HTTP.AdminListen, server: newServer(health)})
	}
	health.HandleFunc("GET /healthz", healthy)
	health.HandleFunc("GET /readyz", healthy)
	return a.serveAll(ctx, endpoints)
}

// serveAll opens all addresses before it serves the first, so that one which
// can't be had leaves nothing half served.
func (a *app) serveAll(ctx context.Context, endpoints []*endpoint) error {
	for _, e := range endpoints {
		var err error
		if e.socket, err = listenOn(ctx, e.setting, e.address); err != nil {
			return err
		}
		defer func() { _ = e.socket.Close() }()
	}
	group, ctx := errgroup.WithContext(ctx)
	log := a.log()
	for _, e := range endpoints {
		log.Info().Stringer("address", e.socket.Addr()).Msg("serving")
		group.Go(func() error { return serveOn(ctx, e.socket, e.server) })
	}
	return group.Wait()
}

func healthy(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
}

// endpoint is one address and what is served there.
type endpoint struct {
	setting string // that the address is from
	address string
	server  *http.Server
	socket  net.Listener
}

// secure gives the server its certificate, if there is one. A certificate or
// key that can't be used is Invalid.
func (e *endpoint) secure(cert, key string) error {
	if cert == "" {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return fault.New(fault.Invalid, "the certificate and its key can't be used").WithField("http.tls_cert").
			WithHint("tls_cert and tls_key name PEM files that this user may read and that belong together").WithCause(err)
	}
	e.server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	return nil
}
