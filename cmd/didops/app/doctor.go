package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"didops/bots/shell"
	"didops/internal/config"
	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
	"didops/internal/fault"
	"didops/internal/render"
	"didops/internal/view"
)

// check is one line of the doctor's report.
type check struct {
	Name    string `json:"name"`
	Status  string `json:"status"`
	Message string `json:"message"`
	Remedy  string `json:"remedy,omitempty"`
}

const (
	statusOK   = "ok"
	statusWarn = "warn"
	statusFail = "fail"
)

// skewTolerated is how far clocks may be apart before signatures are at risk:
// how long the exchange accepts one is not documented.
const skewTolerated = 30 * time.Second

func (a *app) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Check configuration, key, clock and exchange; changes nothing",
		Long: "Check what must be right before the first number is bought: configuration, state folder, and, by reading " +
			"only, the exchange's clock, the key, the path of the list, page size and paging. Every line that is not ok " +
			"says what to do.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.doctor(cmd.Context()) },
	}
}

// doctor reports every check, and returns the first failure for the exit code.
func (a *app) doctor(ctx context.Context) error {
	e := &doctor{app: a}
	e.all(ctx)
	if a.flags.JSON {
		report := map[string]any{"sandbox": e.sandbox, "checks": e.checks}
		if err := a.writeJSON(report); err != nil {
			return err
		}
	} else if err := render.Plain(a.Out, e.doc(), render.PlainOptions{Width: a.Width, Color: a.colors(a.OutTTY)}); err != nil {
		return err
	}
	return shell.Shown(e.failure)
}

// doctor collects checks.
type doctor struct {
	*app
	sandbox bool
	checks  []check
	failure error
}

func (e *doctor) ok(name, format string, args ...any) {
	e.checks = append(e.checks, check{name, statusOK, fmt.Sprintf(format, args...), ""})
}

func (e *doctor) warn(name, remedy, format string, args ...any) {
	e.checks = append(e.checks, check{name, statusWarn, fmt.Sprintf(format, args...), remedy})
}

func (e *doctor) fail(name string, err error) {
	message, remedy := "internal error", ""
	if f, ok := fault.As(err); ok {
		message, remedy = f.Message, f.Hint
	} else if errors.Is(err, context.Canceled) {
		message = "the check was cancelled"
	}
	e.checks = append(e.checks, check{name, statusFail, message, remedy})
	if e.failure == nil {
		e.failure = err
	}
}

func (e *doctor) all(ctx context.Context) {
	c, err := e.config()
	if err != nil {
		e.fail("config", err)
		return
	}
	e.sandbox = c.Sandbox()
	if c.Path == "" {
		e.ok("config", "no file: all defaults")
	} else {
		e.ok("config", "%s", c.Path)
	}
	for _, w := range c.Warnings {
		e.warn("config", "", "%s", w)
	}
	e.state()
	e.orders(ctx, c)
	e.rules(ctx, c)
	e.web(ctx, c)
	e.routing(c)
	e.serving(c)
	e.issuer(ctx, c)
	e.discord(ctx, c)
	e.webhooks(ctx, c)
	e.environment(c)
	e.folders(c)
	if client, err := e.client(c); err != nil {
		e.fail("exchange", err)
	} else {
		e.exchange(ctx, c, client.Reader().Probe())
		e.histories(ctx, c, client.Reader())
	}
	e.memory(ctx, c)
	e.inventory(ctx, c)
	e.digest(ctx, c)
	e.offered(c)
}

func (e *doctor) state() {
	path, err := e.sandboxState()
	if err == nil {
		err = sandbox.CheckState(path)
	}
	if err != nil {
		e.warn("state", "make the folder writable, or set XDG_STATE_HOME", "nothing can be kept in the state folder")
		return
	}
	e.ok("state", "the state folder is writable")
}

// offered says which operations assistants are offered.
func (e *doctor) offered(c *config.Config) {
	catalog, err := described()
	if err != nil {
		e.fail("mcp", err)
		return
	}
	picked, err := catalog.Picked(c.MCP.Operations)
	if err != nil {
		e.fail("mcp", err)
		return
	}
	all, not := 0, []string{}
	for _, t := range catalog.Tools() {
		switch name := t.Name().String(); {
		case t.People():
			continue
		case !picked[name]:
			not = append(not, name)
		}
		all++
	}
	text := fmt.Sprintf("%d of %d operations are offered over MCP", len(picked), all)
	if len(not) > 0 {
		text += ", not " + strings.Join(not, ", ") + ": [mcp] operations picks them"
	}
	e.ok("mcp", "%s", text)
}

// serving checks what "didops serve" would be reached by.
func (e *doctor) serving(c *config.Config) {
	if c.HTTP.Listen == "" {
		return
	}
	switch err := e.soundHTTP(c); {
	case err != nil:
		e.fail("http", err)
	case onLoopback(c.HTTP.Listen):
		e.ok("http", "%s, for this machine only", c.HTTP.Listen)
	case !offersMCP(c):
		e.ok("http", "%s, for the interactions of Discord; /mcp is not served there", c.HTTP.Listen)
	case c.HTTP.TLSCert == "":
		e.warn("http", "set [http] tls_cert and tls_key, or let a proxy that speaks TLS be the only way here", "%s is reached without TLS: bearer tokens can be read on the way", c.HTTP.Listen)
	default:
		e.ok("http", "%s, with TLS, for %s", c.HTTP.Listen, view.Plural(len(c.HTTP.Clients), "client"))
	}
}

// issuer asks the issuer of access tokens for its keys.
func (e *doctor) issuer(ctx context.Context, c *config.Config) {
	if c.HTTP.OAuth.Issuer == "" {
		return
	}
	tokens, err := e.tokens(c)
	if err != nil {
		e.fail("issuer", err)
		return
	}
	keys, err := tokens.Probe(ctx)
	for _, k := range keys.Unusable {
		e.warn("issuer", "tokens that it signs do not count: have the issuer mend its key set, if it signs with it", "%s reached, %s", c.HTTP.OAuth.Issuer, k)
	}
	for _, name := range keys.SameName {
		e.warn("issuer", "have it give every key a kid of its own: tokens of one of them may be refused elsewhere", "%s gives several keys the same kid, %s: all of them are tried, up to four", c.HTTP.OAuth.Issuer, name)
	}
	switch {
	case err != nil:
		e.fail("issuer", err)
	case keys.Usable == 0:
		e.warn("issuer", "have it publish a key that signs access tokens", "%s gives out no keys: no access token counts", c.HTTP.OAuth.Issuer)
	default:
		e.ok("issuer", "%s gives out its keys (%d); access tokens are for %s", c.HTTP.OAuth.Issuer, keys.Usable, c.HTTP.OAuth.Audience)
	}
}

// exchange asks what only the exchange can answer. Later checks make no sense
// where an earlier one failed.
func (e *doctor) exchange(ctx context.Context, c *config.Config, probe *tcxc.Probe) {
	if e.sandbox {
		e.ok("exchange", "the built-in SANDBOX; nothing real can be bought")
	} else {
		e.ok("exchange", "%s as %s", c.Exchange.URL, c.Exchange.Login)
	}
	ahead, err := probe.Clock(ctx)
	if err != nil {
		e.fail("clock", err)
		return
	}
	if ahead.Abs() > skewTolerated {
		e.warn("clock", "set this machine's clock (NTP): signatures hold only for a while", "the exchange's clock is %s", apart(ahead))
	} else {
		e.ok("clock", "within %s of the exchange", skewTolerated)
	}
	if err := probe.Credentials(ctx); err != nil {
		e.fail("key", err)
		return
	}
	e.ok("key", "login and key are accepted")
	e.paths(ctx, c, probe)
}

func apart(ahead time.Duration) string {
	if ahead < 0 {
		return (-ahead).String() + " behind ours"
	}
	return ahead.String() + " ahead of ours"
}

func (e *doctor) paths(ctx context.Context, c *config.Config, probe *tcxc.Probe) {
	switch path, err := probe.ListPath(ctx); {
	case err != nil:
		e.fail("list path", err)
	case !e.sandbox && path != c.Exchange.ListPath:
		e.warn("list path", fmt.Sprintf("set [exchange] list_path = %q", path), "the list of own numbers answers at %s", path)
	default:
		e.ok("list path", "%s", path)
	}
	switch asked, given, err := probe.PageSize(ctx); {
	case err != nil:
		e.fail("page size", err)
	case given < asked:
		e.ok("page size", "%d rows of %d asked for: the exchange's own bound, or all there is", given, asked)
	default:
		e.ok("page size", "%d rows", given)
	}
	switch paging, err := probe.Paging(ctx); {
	case err != nil:
		e.fail("paging", err)
	case paging == "":
		e.warn("paging", "", "the market is too small to tell what \"off\" counts")
	case !e.sandbox && string(paging) != string(c.Exchange.Paging):
		e.warn("paging", fmt.Sprintf("set [exchange] paging = %q", paging), "\"off\" counts %s", paging)
	default:
		e.ok("paging", "\"off\" counts %s", paging)
	}
	switch naming, err := probe.Countries(ctx); {
	case err != nil:
		e.fail("countries", err)
	case naming == "":
		e.ok("countries", "the market names none; they are told by their codes here")
	default:
		e.ok("countries", "the exchange knows their names %s; didops compares them itself", naming)
	}
}

// doc is the report for a person.
func (e *doctor) doc() view.Doc {
	table := view.Table{Columns: []view.Column{{Title: "Check"}, {Title: "Result"}, {Title: "Finding", Prose: true}}}
	var remedies []view.Block
	bad, doubtful := 0, 0
	for _, c := range e.checks {
		table.Rows = append(table.Rows, []string{c.Name, c.Status, strings.ReplaceAll(c.Message, "\n", "; ")})
		switch c.Status {
		case statusFail:
			bad++
		case statusWarn:
			doubtful++
		}
		if c.Remedy != "" {
			remedies = append(remedies, view.Notice{Warning: c.Status == statusFail, Text: c.Name + ": " + c.Remedy})
		}
	}
	doc := view.Doc{Title: "didops doctor", Sandbox: e.sandbox, Summary: "Everything checked is in order.", Blocks: append([]view.Block{table}, remedies...)}
	switch {
	case bad > 0:
		doc.Summary = fmt.Sprintf("%d of %d checks failed.", bad, len(e.checks))
	case doubtful > 0:
		doc.Summary = fmt.Sprintf("No check failed; %d of %d deserve a look.", doubtful, len(e.checks))
	}
	return doc
}
