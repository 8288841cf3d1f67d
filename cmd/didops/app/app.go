package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"didops/bots/shell"
	"didops/internal/audit"
	"didops/internal/config"
	"didops/internal/didyoumean"
	"didops/internal/digest"
	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/handle"
	"didops/internal/identity"
	"didops/internal/inventory"
	"didops/internal/market"
	"didops/internal/metrics"
	"didops/internal/order"
	"didops/internal/passkey"
	"didops/internal/request"
	"didops/internal/sanitize"
	"didops/internal/store"
	"didops/internal/usage"
	"didops/internal/watch"
	"didops/tools"
	"didops/tools/did"
	inventoryops "didops/tools/inventory"
	mandateops "didops/tools/mandate"
	orderops "didops/tools/order"
	reportops "didops/tools/report"
	watchops "didops/tools/watch"
)

// app is one run of the program. What needs the configuration is opened when
// a command first asks for it: help and completion must work without.
type app struct {
	Host
	flags     shell.Globals
	config    func() (*config.Config, error)
	log       func() zerolog.Logger
	openMu    sync.Mutex                // who serves may open at any time
	opened    []func() error            // to be closed, last first; guarded by openMu
	metrics   *metrics.Metrics          // nil = none are served
	engine    *order.Engine             // behind the gate, once that is open
	keyrings  map[string]*audit.Keyring // by file, guarded by openMu
	passkeys  *passkey.Service          // by which people sign decisions, likewise; nil = there is no page
	kept      *store.Store              // its store, likewise; nil = there is no place for one
	books     *store.Store              // the same, or what says why there is none
	watches   *watch.Service            // on that store, likewise
	inventory *inventory.Service        // of the own numbers, likewise
	usage     *usage.Collector          // of the histories about them, likewise; nil = they are not read
	reports   reportops.Config          // what reports on them are made of, likewise
	pages     *digest.Service           // the morning pages, likewise
	stores    map[string]*store.Store   // by their places; guarded by openMu
	mirrors   map[string]*market.Mirror // of the markets of exchanges
	reader    exchange.Reader           // of the exchange that was opened last
	skew      exchangeClock             // of the same
	history   exchange.Histories        // of the same exchange
	handles   handle.Store              // what buttons stand for, in that store
	results   handle.Results            // what pages are shown of, likewise
	serves    bool                      // assistants, not a person at a terminal
	holds     bool                      // what was read of the memory of the market, for many who ask
	whose     string                    // the user that is served as, by whom orders are decided; "" = whoever asks

	readOnly bool // over MCP only operations that read, whatever the configuration says

	active atomic.Pointer[config.Config] // what policies and roles are of
}

func newApp(h Host) *app {
	a := &app{Host: h}
	a.config = sync.OnceValues(a.load)
	a.log = sync.OnceValue(a.newLog)
	return a
}

// load reads the configuration as it is at the moment.
func (a *app) load() (*config.Config, error) {
	c, err := config.Load(config.Source{Flag: a.flags.Config, Getenv: a.Getenv})
	if err != nil || c.Approval.Policy == nil {
		return c, err
	}
	if err := c.Refuse(holes(c, strings.ToLower(account()), a.Now())); err != nil {
		return nil, err
	}
	return c, nil
}

// closes has something closed at the end, before what was opened earlier.
func (a *app) closes(end func() error) {
	a.openMu.Lock()
	defer a.openMu.Unlock()
	a.opened = append(a.opened, end)
}

func (a *app) close() {
	a.openMu.Lock()
	opened := slices.Clone(a.opened)
	a.openMu.Unlock()
	for _, end := range slices.Backward(opened) {
		if err := end(); err != nil {
			log := a.log()
			log.Warn().Err(err).Msg("close")
		}
	}
}

// newLog writes to standard error: lines for people on a terminal, JSON
// elsewhere, unless the configuration says otherwise.
func (a *app) newLog() zerolog.Logger {
	level, format := "info", "auto"
	if c, err := a.config(); err == nil {
		level, format = c.Log.Level, string(c.Log.Format)
	}
	parsed, err := zerolog.ParseLevel(cmp.Or(strings.ToLower(a.flags.LogLevel), level))
	if err != nil {
		parsed = zerolog.InfoLevel
	}
	out := a.Err
	if format == "console" || (format == "auto" && a.ErrTTY) {
		out = zerolog.ConsoleWriter{Out: a.Err, NoColor: !a.colors(a.ErrTTY), TimeFormat: time.TimeOnly}
	}
	return zerolog.New(out).Level(parsed).Hook(requests{}).With().Timestamp().Logger()
}

// requests names in a line the request that it is about, whatever part of the
// program writes it.
type requests struct{}

// Run implements [zerolog.Hook].
func (requests) Run(line *zerolog.Event, _ zerolog.Level, _ string) {
	if id := request.ID(line.GetCtx()); id != "" {
		line.Str("request", id)
	}
}

// flagged refuses a --log-level that is none.
func (a *app) flagged() error {
	level, levels := strings.ToLower(a.flags.LogLevel), []string{"trace", "debug", "info", "warn", "error"}
	if level == "" || slices.Contains(levels, level) {
		return nil
	}
	err := invalid("log_level", "--log-level must be one of %s, not %q", strings.Join(levels, ", "), sanitize.Clean(a.flags.LogLevel, 40))
	if near := didyoumean.Words(level, levels); len(near) > 0 {
		return err.WithHint("%s", didyoumean.Question(near))
	}
	return err
}

// colors follows the NO_COLOR convention (no-color.org).
func (a *app) colors(terminal bool) bool {
	return terminal && !a.flags.NoColor && a.Getenv("NO_COLOR") == "" && a.Getenv("TERM") != "dumb"
}

// root returns the whole command tree, and how errors are shown.
func (a *app) root() (*cobra.Command, shell.Config, error) {
	catalog, err := described()
	if err != nil {
		return nil, shell.Config{Out: a.Out, Err: a.Err}, err
	}
	face := shell.Config{
		Tools:     catalog.Tools(),
		Nouns:     nouns(),
		Gate:      a.shellGate,
		Principal: a.person,
		Globals:   &a.flags,
		Now:       a.Now,
		File:      a.document,
		Save:      save,
		In:        a.Terminal, Agent: a.agent(),
		Out: a.Out, Err: a.Err, OutTTY: a.OutTTY, ErrTTY: a.ErrTTY,
		Width: a.Width, ErrWidth: a.ErrWidth, Color: a.colors(a.OutTTY), ErrColor: a.colors(a.ErrTTY),
	}
	root := &cobra.Command{
		Use:   "didops",
		Short: "Find and manage telephone numbers on the TelecomsXChange exchange",
	}
	shell.Prepare(root, face)
	root.PersistentPreRunE = func(*cobra.Command, []string) error { return a.flagged() }
	root.AddCommand(shell.Commands(face)...)
	root.AddCommand(a.mcpCommand(), a.serveCommand(), a.sandboxCommand(), a.toolsCommand(catalog),
		a.marketCommand(), shell.Shortcut(face, "did_report", "report"), a.digestCommand(), a.webhookCommand(), a.passkeysCommand(face), a.doctorCommand(), a.auditCommand(face), a.receiptCommand(), a.policyCommand(), a.configCommand(), a.versionCommand())
	return root, face, nil
}

// nouns returns a line of help for every noun.
func nouns() map[string]string {
	return map[string]string{
		"did":   "Find, buy, re-route and give up telephone numbers (DIDs)",
		"order": "Look at orders, and decide them",
		"watch": "Be told when numbers that fit come up for sale",

		"mandate": "Let numbers be bought without asking again, within a budget",
	}
}

// described returns the catalogue for help and listings; its operations have
// no exchange and can't be run.
func described() (*tools.Catalog, error) {
	noTime := func() time.Time { return time.Time{} }
	declarations, err := did.All(did.Config{Reader: absent{}, Currency: "USD", Now: noTime})
	if err != nil {
		return nil, fmt.Errorf("declare the operations: %w", err)
	}
	mandates := mandateops.Config{Currency: "USD", Now: noTime}
	return tools.NewCatalog(slices.Concat(declarations, mandateops.Writes(mandates), mandateops.Operations(mandates), inventoryops.Operations(inventoryops.Config{Currency: "USD", Now: noTime}),
		reportops.Operations(reportops.Config{Currency: "USD", Now: noTime}),
		orderops.Operations(nil), watchops.Operations(watchops.Config{Currency: "USD", Now: noTime}))...)
}

// absent is the exchange of a catalogue that only describes.
type absent struct{}

var errAbsent = errors.New("no exchange is open")

func (absent) Market(context.Context, exchange.MarketQuery, func([]exchange.Offer) error) (exchange.Reading, error) {
	return exchange.Reading{}, errAbsent
}

func (absent) Owned(context.Context, exchange.OwnedQuery, func([]exchange.Owned) error) (exchange.Reading, error) {
	return exchange.Reading{}, errAbsent
}

// gate opens what the configuration names and returns the gate in front of
// it. Errors have the code of what is wrong, [fault.Invalid] for most.
func (a *app) gate(ctx context.Context) (*tools.Gate, error) {
	c, err := a.config()
	if err != nil {
		return nil, err
	}
	log := a.log()
	for _, w := range c.Warnings {
		log.Warn().Msg(w)
	}
	numbers, err := a.exchange(c)
	if err != nil {
		return nil, err
	}
	numbers.Mandated = a.mandated
	declarations, err := did.All(numbers)
	if err != nil {
		return nil, fmt.Errorf("declare the operations: %w", err)
	}
	mandates, err := a.mandating(c, numbers)
	if err != nil {
		return nil, fmt.Errorf("declare the operations: %w", err)
	}
	declarations = append(declarations, mandateops.Writes(mandates)...)
	orders, err := a.orders(ctx, c, tools.Handlers(declarations))
	if err != nil {
		return nil, err
	}
	a.inventory = inventory.New(a.inventoryConfig(c))
	a.usage = a.collector(c)
	a.pages = a.paging(c, numbers)
	if a.serves && !c.Exchange.Messages {
		declarations = tools.Without(declarations, did.MessageOperation)
	}
	a.reports = a.reporting(c, numbers)
	catalog, err := tools.NewCatalog(slices.Concat(declarations, inventoryops.Operations(a.labelling(c, numbers)), reportops.Operations(a.reports),
		orderops.Operations(orders), mandateops.Operations(mandates), watchops.Operations(a.watching(c, numbers)))...)
	if err != nil {
		return nil, err
	}
	if a.serves {
		orders.Start()
	}
	return tools.NewGate(tools.GateConfig{
		Catalog: catalog, Orders: orders, Sandbox: c.Sandbox(), ReadOnly: c.MCP.ReadOnly || a.readOnly, Operations: c.MCP.Operations, Redact: a.redactor(c), Observe: a.observe, Now: a.Now,
	})
}

// shellGate is the gate for the command line.
func (a *app) shellGate(ctx context.Context) (*tools.Gate, error) {
	gate, err := a.gate(ctx)
	if err != nil {
		return nil, err
	}
	return gate.Through(identity.FrontShell), nil
}

// observe counts a call and logs how a call ended: what somebody must look at always, the rest
// for whoever wants to see it.
func (a *app) observe(ctx context.Context, e tools.Event) {
	a.metrics.Call(metrics.Call{
		Operation: e.Call.Tool, Realm: e.Call.Principal.Realm, Decision: e.Kind != tools.Called, Took: e.Took, Err: e.Err,
	})
	log := a.log()
	level := zerolog.DebugLevel
	switch {
	case e.Reference != "":
		level = zerolog.ErrorLevel
	case e.Call.Frontend != identity.FrontShell:
		level = zerolog.InfoLevel
	}
	line := log.WithLevel(level).Ctx(ctx).Str("tool", e.Call.Tool).Stringer("face", e.Call.Frontend).
		Stringer("principal", e.Call.Principal).Dur("took", e.Took)
	if e.Order != "" {
		line = line.Str("order", e.Order)
	}
	if e.Err != nil {
		line = line.Str("code", string(fault.CodeOf(e.Err))).AnErr("error", e.Err)
	}
	if e.Reference != "" {
		line = line.Str("reference", e.Reference)
	}
	line.Msg(string(e.Kind))
}

// person is the user of the operating system at a terminal.
func (a *app) person(context.Context) identity.Principal {
	name := account()
	return identity.Principal{Realm: identity.OS, ID: strings.ToLower(name), Name: name, Role: identity.Approver}
}

// assistant is the same user with a program in between: over MCP on standard
// input. It decides nothing by itself, but its dialogs may.
func (a *app) assistant(ctx context.Context) identity.Principal {
	who := a.person(ctx)
	who.Role, who.Elicits = identity.Requester, true
	return who
}

// anonymous is whoever comes over HTTP on this machine, without a token: nobody
// in particular, so what others asked for is out of reach, and dialogs approve
// nothing.
func anonymous() identity.Principal {
	return identity.Principal{Realm: identity.HTTP, ID: "local", Name: "local", Role: identity.Requester}
}
