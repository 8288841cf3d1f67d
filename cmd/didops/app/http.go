package app

import (
	"context"
	"crypto/tls"
	"encoding/hex"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"didops/bots/mcp"
	"didops/internal/config"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/oauth"
	"didops/tools"
)

// addHTTP adds what is served over HTTP, if anything is.
func (a *app) addHTTP(ctx context.Context, s *service, c *config.Config, gate *tools.Gate) error {
	if c.HTTP.Listen == "" {
		return nil
	}
	made := mcp.Config{
		Gate: gate.Through(identity.FrontMCP), Version: a.release(), Log: a.log(), Now: a.Now,
		Page:   c.Web.URL,
		Secret: func(ctx context.Context) ([]byte, error) { return a.engine.Secret(ctx, "mcp sessions") },
	}
	if a.kept != nil {
		made.Sessions = a.kept.Sessions()
	}
	server, err := mcp.New(made)
	if err != nil {
		return err
	}
	s.leave = append(s.leave, server.Leave)
	mux := http.NewServeMux()
	for pattern, handler := range s.routes {
		mux.Handle(pattern, handler)
	}
	if err := a.addCalendars(s, c, mux); err != nil {
		return err
	}
	if err := a.addWeb(c, gate, mux); err != nil { //nolint:contextcheck // each request has its own
		return err
	}
	newServer := plainServer
	if offersMCP(c) {
		if newServer, err = a.addMCP(s, c, server, mux); err != nil {
			return err
		}
	} else {
		log := a.log()
		log.Warn().Msg("/mcp is not served: the address is not on loopback, and no [[http.clients]] and no [http.oauth] are named")
	}
	public := &endpoint{setting: "http.listen", address: c.HTTP.Listen, server: newServer(mux)}
	if err := s.secure(public, c.HTTP.TLSCert, c.HTTP.TLSKey); err != nil {
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
	if err := a.addLog(c, health); err != nil {
		return err
	}
	a.addMetrics(ctx, s, health)
	return nil
}

// addMCP adds /mcp, and returns what makes a server for it.
func (a *app) addMCP(s *service, c *config.Config, server *mcp.Server, mux *http.ServeMux) (func(http.Handler) *http.Server, error) {
	handler, err := a.handler(s, c, server)
	if err != nil {
		return nil, err
	}
	a.metrics.Clients(server.Asking)
	mux.Handle("/mcp", handler)
	mux.Handle("/mcp/{$}", handler) // people end addresses with a slash
	if c.HTTP.OAuth.Issuer != "" {
		for _, path := range []string{"", "/mcp", "/mcp/{$}"} {
			mux.Handle(mcp.MetadataPath+path, handler.Metadata("/mcp"))
		}
	} else if len(c.HTTP.Clients) > 0 {
		mux.Handle("/register", handler.Registration())
	}
	return handler.NewHTTPServer, nil
}

// plainServer serves short requests and answers.
func plainServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
}

// offersMCP reports whether /mcp is served. An address beyond loopback without
// clients, which serves Discord's interactions or the page, has nobody to serve it
// to.
func offersMCP(c *config.Config) bool {
	return identifies(c) || onLoopback(c.HTTP.Listen) || c.Discord.PublicKey == "" && c.Web.URL == ""
}

// identifies reports whether callers over HTTP can say who they are.
func identifies(c *config.Config) bool { return len(c.HTTP.Clients) > 0 || c.HTTP.OAuth.Issuer != "" }

// mcpOver returns how MCP is served over HTTP, and who checks access tokens;
// nil where none count.
func (a *app) mcpOver(c *config.Config) (mcp.HTTP, *oauth.Verifier, error) {
	h := mcp.HTTP{
		Listen: c.HTTP.Listen, AllowedHosts: c.HTTP.AllowedHosts, AllowedOrigins: c.HTTP.AllowedOrigins,
		LoopbackPrincipal: anonymous(), RequestsPerMinute: c.HTTP.RequestsPerMinute, OpenPerCaller: MaxConnections / 4, Refused: a.metrics.HTTPRefused,
	}
	var err error
	if h.Clients, err = clientsOf(c); err != nil || c.HTTP.OAuth.Issuer == "" {
		return h, nil, err
	}
	tokens, err := a.tokens(c)
	if err != nil {
		return h, nil, err
	}
	h.OAuth = &mcp.OAuth{Tokens: tokens, Issuer: c.HTTP.OAuth.Issuer, Audience: c.HTTP.OAuth.Audience}
	return h, tokens, nil
}

// unserved explains why MCP can't be served over HTTP.
func unserved(err error) error {
	return fault.New(fault.Invalid, "%v", err).WithField("http").
		WithHint("name the clients under [[http.clients]], or whose access tokens let them in under [http.oauth], and the host names in allowed_hosts")
}

func (a *app) handler(s *service, c *config.Config, server *mcp.Server) (*mcp.Handler, error) {
	made, tokens, err := a.mcpOver(c)
	if err != nil {
		return nil, err
	}
	if tokens != nil {
		s.runs = append(s.runs, tokens.Run)
		s.ready = append(s.ready, func(context.Context) error { return tokens.Ready() })
	}
	handler, err := server.Handler(made)
	if err != nil {
		return nil, unserved(err)
	}
	s.changes = append(s.changes, func(next *config.Config) (func(), error) {
		clients, err := clientsOf(next)
		if err != nil {
			return nil, err
		}
		swap, err := handler.Exchange(clients)
		if err != nil {
			return nil, fault.New(fault.Invalid, "%v", err).WithField("http.clients").WithHint("start didops again for that")
		}
		return swap, nil
	})
	return handler, nil
}

// clientsOf translates the configured clients.
func clientsOf(c *config.Config) ([]mcp.Client, error) {
	clients := make([]mcp.Client, 0, len(c.HTTP.Clients))
	for _, client := range c.HTTP.Clients {
		m := mcp.Client{Name: client.Name, Role: roleOf(string(client.Role)), MayElicit: client.MayElicit}
		if _, err := hex.Decode(m.TokenSHA256[:], []byte(client.TokenSHA256)); err != nil {
			return nil, fault.New(fault.Invalid, "token_sha256 of %s is not 64 hexadecimal digits", client.Name).WithField("http.clients")
		}
		clients = append(clients, m)
	}
	return clients, nil
}

// tokens checks the access tokens of the issuer that is configured.
func (a *app) tokens(c *config.Config) (*oauth.Verifier, error) {
	o := c.HTTP.OAuth
	return oauth.New(oauth.Config{Issuer: o.Issuer, Audience: o.Audience, NameClaim: o.NameClaim, TokenTypes: o.TokenTypes, Now: a.Now, Log: a.log()})
}

// endpoint is one address and what is served there.
type endpoint struct {
	setting string // that the address is from
	address string
	server  *http.Server
	socket  net.Listener
}

// secure gives an address its certificate, if there is one. The files are read
// again with the configuration, as certificates are renewed. Files that can't
// be used are Invalid.
func (s *service) secure(e *endpoint, cert, key string) error {
	if cert == "" {
		return nil
	}
	var held atomic.Pointer[tls.Certificate]
	read := func(*config.Config) (func(), error) {
		pair, err := certificate(cert, key)
		if err != nil {
			return nil, err
		}
		return func() { held.Store(&pair) }, nil
	}
	hold, err := read(nil)
	if err != nil {
		return err
	}
	hold()
	e.server.TLSConfig = &tls.Config{
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return held.Load(), nil },
		MinVersion:     tls.VersionTLS12,
	}
	s.changes = append(s.changes, read)
	return nil
}

// certificate reads a certificate and its key.
func certificate(cert, key string) (tls.Certificate, error) {
	chain, err := config.ReadFile("http.tls_cert", cert)
	if err != nil {
		return tls.Certificate{}, err
	}
	secret, err := config.ReadFile("http.tls_key", key)
	if err != nil {
		return tls.Certificate{}, err
	}
	pair, err := tls.X509KeyPair(chain, secret)
	if err != nil {
		return pair, fault.New(fault.Invalid, "the certificate and its key can't be used").WithField("http.tls_cert").
			WithHint("tls_cert and tls_key name PEM files that this user may read and that belong together").WithCause(err)
	}
	return pair, nil
}
