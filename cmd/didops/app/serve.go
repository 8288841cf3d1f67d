package app

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"didops/internal/config"
	"didops/internal/deadline"
	"didops/internal/fault"
)

func (a *app) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Serve everything that is configured, until stopped",
		Long: "Serve what the configuration names, until interrupted: with [http] listen, MCP over HTTP at /mcp, " +
			"health at /healthz and /readyz and metrics at /metrics; with [web] url, the page on which orders are decided; with the token of a bot under [discord], Discord; and the " +
			"receivers under [[webhooks]] are told what happens.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context()) },
	}
}

// unread is how long what is written may wait for who reads it: a line of the
// log, of a program that has others to answer, and anything of one that was told
// to end.
const unread = 2 * time.Second

// begin has the program serve: it stays, and is held up by nobody who does not
// read its log.
func (a *app) begin() {
	a.serves = true
	if w, ok := a.Err.(interface{ Bound(d time.Duration) }); ok {
		w.Bound(unread)
	}
}

func (a *app) serve(ctx context.Context) error {
	c, err := a.config()
	if err != nil {
		return err
	}
	if err := cmp.Or(servable(c), a.sound(c)); err != nil {
		return err
	}
	a.begin()
	a.holds = true
	a.whose = a.person(ctx).Name
	if a.metrics, err = a.metered(c); err != nil {
		return err
	}
	gate, err := a.gate(ctx)
	if err != nil {
		return err
	}
	if err := a.prepared(ctx, c); err != nil {
		return err
	}
	a.warnOfKey(c)
	a.warnOfPasskeys(ctx, c)
	s := service{ready: []func(context.Context) error{a.stored, a.settles}, leave: []func(){a.engine.Leave}}
	a.addKey(&s, c)
	a.addWatches(&s)
	a.addMandates(c, &s)
	a.addInventory(&s)
	if err := a.addWebhooks(ctx, &s, c); err != nil {
		return err
	}
	a.addUsage(&s, c)
	a.addHeads(&s, c)
	if err := a.addDiscord(&s, c, gate); err != nil {
		return err
	}
	if err := a.addHTTP(ctx, &s, c, gate); err != nil {
		return err
	}
	a.addAhead(&s, c)
	s.runs = append(s.runs, func(ctx context.Context) error { return a.reloads(ctx, s.changes) })
	return s.run(ctx, a.log())
}

// stored reports whether the orders can be read.
func (a *app) stored(ctx context.Context) error {
	_, _, err := a.engine.Head(ctx)
	return err
}

// settles reports whether the settler of this process gets on.
func (a *app) settles(context.Context) error { return a.engine.Settles() }

// servable refuses settings with which nothing would be served.
func servable(c *config.Config) error {
	if c.HTTP.Listen != "" || c.Discord.Token.IsSet() || len(c.Webhooks) > 0 {
		return nil
	}
	return fault.New(fault.Invalid, "there is nothing to serve").WithField("http.listen").
		WithHint(`set listen = "127.0.0.1:8931" under [http] or the token of a bot under [discord], or use "didops mcp" for an assistant on this machine`)
}

// sound refuses settings that are good one by one, and that would leave
// something unserved or, worse, unguarded. "serve" begins with it, and "config
// check" ends with it. It sends nothing.
func (a *app) sound(c *config.Config) error {
	if err := soundDiscord(c); err != nil {
		return err
	}
	if err := cmp.Or(soundOperations(c), soundWeb(c)); err != nil {
		return err
	}
	return a.soundHTTP(c)
}

// soundOperations is that part of it which is about what assistants are offered.
func soundOperations(c *config.Config) error {
	catalog, err := described()
	if err == nil {
		_, err = catalog.Picked(c.MCP.Operations)
	}
	return err
}

// soundDiscord is that part of it which is about the bot.
func soundDiscord(c *config.Config) error {
	if !c.Discord.Token.IsSet() || len(c.Discord.GuildIDs) > 0 {
		return nil
	}
	return fault.New(fault.Invalid, "the bot has a token and no server to work in").WithField("discord.guild_ids").
		WithHint("name the ids of the Discord servers under [discord] guild_ids")
}

// soundHTTP is that part of it which is about what is served over HTTP.
func (a *app) soundHTTP(c *config.Config) error {
	if c.HTTP.Listen == "" {
		return nil
	}
	if offersMCP(c) {
		made, _, err := a.mcpOver(c)
		if err != nil {
			return err
		}
		if err := made.Check(); err != nil {
			return unserved(err)
		}
	}
	if c.HTTP.TLSCert == "" {
		return nil
	}
	_, err := certificate(c.HTTP.TLSCert, c.HTTP.TLSKey)
	return err
}

// service is everything that is served together.
type service struct {
	endpoints []*endpoint
	routes    map[string]http.Handler       // on the public address
	runs      []func(context.Context) error // until they are stopped
	ready     []func(context.Context) error // whether it can do its work
	changes   []change                      // for another configuration
	leave     []func()                      // begin nothing any more
	leaving   atomic.Bool
}

// run opens all addresses before it serves the first, so that one which can't
// be had leaves nothing half served. The end of one part is the end of all:
// nothing is begun any more, then what is under way comes to its end.
func (s *service) run(ctx context.Context, log zerolog.Logger) error {
	for _, e := range s.endpoints {
		var err error
		if e.socket, err = listenOn(ctx, e.setting, e.address); err != nil {
			return err
		}
		defer func() { _ = e.socket.Close() }()
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		<-ctx.Done()
		s.leaving.Store(true)
		for _, leave := range s.leave {
			leave()
		}
		log.Info().Msg("stopping: what is under way comes to its end")
		return nil
	})
	for _, e := range s.endpoints {
		log.Info().Stringer("address", e.socket.Addr()).Msg("serving")
		group.Go(func() error { return serveOn(ctx, e.socket, e.server) })
	}
	for _, run := range s.runs {
		group.Go(func() error { return run(ctx) })
	}
	return group.Wait()
}

// readyWithin bounds how long it takes to find out what is not ready.
const readyWithin = 3 * time.Second

// unready returns why not everything that is served can do its work.
func (s *service) unready(ctx context.Context) error {
	if s.leaving.Load() {
		return fault.New(fault.Unavailable, "it is being stopped")
	}
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	for _, ready := range s.ready {
		_, err := deadline.Call(ctx, func() (struct{}, error) { return struct{}{}, ready(ctx) })
		if errors.Is(err, deadline.ErrAbandoned) {
			return fault.New(fault.Unavailable, "something that is served does not answer").WithCause(err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readyz answers whether everything that is served can do its work. Why not is
// said as anybody may read it: the cause may name users and hosts.
func (s *service) readyz(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if err := s.unready(r.Context()); err != nil {
		why := "it is not ready"
		if f, ok := fault.As(err); ok {
			why = f.Outside().Message
		}
		http.Error(w, why, http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusOK)
}

func healthy(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
}
