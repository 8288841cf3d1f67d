package main

import (
	"context"
	"crypto/tls"
	"encoding/hex"
	"net"
	"net/http"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"didops/bots/mcp"
	"didops/internal/config"
	"didops/internal/fault"
	"didops/tools"
)

func (a *app) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Serve everything that is configured, until stopped",
		Long: "Serve what the configuration names, until interrupted: with [http] listen, MCP over HTTP at /mcp, " +
			"health at /healthz and /readyz and metrics at /metrics; with the token of a bot under [discord], Discord.",
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
	a.serves, a.whose = true, a.person(ctx).Name
	if a.metrics, err = a.metered(c); err != nil {
		return err
	}
	gate, err := a.gate(ctx)
	if err != nil {
		return err
	}
	var s service
	if err := a.addDiscord(&s, c, gate); err != nil {
		return err
	}
	if err := a.addHTTP(ctx, &s, c, gate); err != nil {
		return err
	}
	return s.run(ctx, a.log())
}

// servable refuses settings that would leave something unserved or, worse,
// unguarded.
func servable(c *config.Config) error {
	switch {
	case c.HTTP.Listen == "" && !c.Discord.Token.IsSet():
		return fault.New(fault.Invalid, "there is nothing to serve").WithField("http.listen").
			WithHint(`set listen = "127.0.0.1:8931" under [http] or the token of a bot under [discord], or use "didops mcp" for an assistant on this machine`)
	case c.HTTP.OAuth.Issuer != "":
		return fault.New(fault.Invalid, "this version does not check access tokens of an issuer").WithField("http.oauth.issuer").
			WithHint("name the clients and their bearer tokens under [[http.clients]]")
	case c.Discord.Token.IsSet() && len(c.Discord.GuildIDs) == 0:
		return fault.New(fault.Invalid, "the bot has a token and no server to work in").WithField("discord.guild_ids").
			WithHint("name the ids of the Discord servers under [discord]")
	}
	return nil
}

// service is everything that is served together: what runs until it is
// stopped, and whether it is ready.
type service struct {
	endpoints []*endpoint
	runs      []func(context.Context) error
	ready     []func() error
	routes    map[string]http.Handler // on the public address
}

// run opens all addresses before it serves the first, so that one which can't
// be had leaves nothing half served. The end of one part is the end of all.
func (s *service) run(ctx context.Context, log zerolog.Logger) error {
	for _, e := range s.endpoints {
		var err error
		if e.socket, err = listenOn(ctx, e.setting, e.address); err != nil {
			return err
		}
		defer func() { _ = e.socket.Close() }()
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, e := range s.endpoints {
		log.Info().Stringer("address", e.socket.Addr()).Msg("serving")
		group.Go(func() error { return serveOn(ctx, e.socket, e.server) })
	}
	for _, run := range s.runs {
		group.Go(func() error { return run(ctx) })
	}
	return group.Wait()
}

// readyz answers whether everything that is served can do its work.
func (s *service) readyz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if err := s.unready(); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// unready returns why not everything can.
func (s *service) unready() error {
	for _, ready := range s.ready {
		if err := ready(); err != nil {
			return err
		}
	}
	return nil
}

// addHTTP adds what is served over HTTP, if anything is.
func (a *app) addHTTP(ctx context.Context, s *service, c *config.Config, gate *tools.Gate) error {
	if c.HTTP.Listen == "" {
		return nil
	}
	server, err := mcp.New(mcp.Config{Gate: gate, Version: version(), Log: a.log(), Now: a.now})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	for pattern, handler := range s.routes {
		mux.Handle(pattern, handler)
	}
	newServer := func(h http.Handler) *http.Server {
		return &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	}
	if offersMCP(c) {
		handler, err := a.handler(c, server)
		if err != nil {
			return err
		}
		a.metrics.Clients(handler.Sessions, server.Asking)
		mux.Handle("/mcp", handler)
		newServer = handler.NewHTTPServer
	} else {
		log := a.log()
		log.Warn().Msg("/mcp is not served: the address is not on loopback, and no [[http.clients]] are named")
	}
	public := &endpoint{setting: "http.listen", address: c.HTTP.Listen, server: newServer(mux)}
	if err := public.secure(c.HTTP.TLSCert, c.HTTP.TLSKey); err != nil {
		return err
	}
	s.endpoints = append(s.endpoints, public)
	health := mux
	if c.HTTP.AdminListen != "" {
		health = http.NewServeMux()
		s.endpoints = append(s.endpoints, &endpoint{setting: "http.admin_listen", address: c.HTTP.AdminListen, server: newServer(health)})
	}
	health.HandleFunc("GET /healthz", healthy)
	health.HandleFunc("GET /readyz", s.readyz)
	return a.addMetrics(ctx, s, health, gate)
}

// offersMCP reports whether /mcp is served. An address beyond loopback without
// clients, which serves Discord's interactions, has nobody to serve it to.
func offersMCP(c *config.Config) bool {
	return len(c.HTTP.Clients) > 0 || onLoopback(c.HTTP.Listen) || c.Discord.PublicKey == ""
}

func (a *app) handler(c *config.Config, server *mcp.Server) (*mcp.Handler, error) {
	h := mcp.HTTP{
		Listen: c.HTTP.Listen, AllowedHosts: c.HTTP.AllowedHosts, AllowedOrigins: c.HTTP.AllowedOrigins,
		LoopbackPrincipal: neighbour(), RequestsPerMinute: c.HTTP.RequestsPerMinute, Refused: a.metrics.HTTPRefused,
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
