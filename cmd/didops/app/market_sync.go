package app

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"didops/bots/shell"
	"didops/internal/config"
	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/lease"
	"didops/internal/market"
	"didops/internal/market/refresh"
	"didops/internal/phone"
	"didops/internal/view"
)

func (a *app) marketCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "market",
		Short: "Read the market into memory, and say what is remembered of it",
		Long: "What any search reads of the market is remembered, and answers later ones for as long as [market] max_age says. " +
			"didops serve reads it ahead; sync does so by hand. It may be deleted at any time: status says where it is.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var f syncFlags
	sync := &cobra.Command{
		Use:   "sync",
		Short: "Read what of the market is older than [market] max_age, or was never read",
		Long: "Read what of the market is older than [market] max_age, or was never read, as fast as [exchange] " +
			"requests_per_second allows. What was read when it is interrupted stays.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.syncMarket(cmd.Context(), f) },
	}
	flags := sync.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.country, "country", "", "Only `COUNTRIES` or regions, as did search takes them")
	flags.StringVar(&f.prefix, "prefix", "", "Only numbers that begin with these `DIGITS`")
	flags.BoolVar(&f.fresh, "fresh", false, "Read what is young enough as well")
	cmd.AddCommand(sync, &cobra.Command{
		Use:   "status",
		Short: "Say how much of the market is remembered, how old it is, and where",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.marketStatus(cmd.Context()) },
	})
	return cmd
}

// syncFlags are what "didops market sync" takes.
type syncFlags struct {
	country, prefix string
	fresh           bool
}

// questions are what is to be read.
func (f syncFlags) questions() ([]exchange.MarketQuery, error) {
	var prefixes []string
	switch {
	case f.country != "" && f.prefix != "":
		return nil, invalid("prefix", "--country and --prefix can't be given together")
	case f.country != "":
		countries, err := phone.ResolveList(f.country)
		if err != nil {
			return nil, err
		}
		for _, c := range countries {
			prefixes = append(prefixes, phone.Prefixes(c.ISO)...)
		}
	case f.prefix != "":
		digits, err := phone.Prefix(f.prefix)
		if err != nil {
			return nil, err
		}
		prefixes = []string{digits}
	default:
		prefixes = []string{""}
	}
	slices.Sort(prefixes)
	var list []exchange.MarketQuery
	for _, p := range slices.Compact(prefixes) {
		list = append(list, exchange.MarketQuery{Prefix: p})
	}
	return list, nil
}

// syncReport is what "didops market sync --json" prints.
type syncReport struct {
	Sandbox  bool      `json:"sandbox"`
	Complete bool      `json:"complete"` // all that was asked for is young enough now
	Parts    int       `json:"parts"`    // read
	Rows     int       `json:"numbers"`  // read
	New      int       `json:"new"`
	Changed  int       `json:"changed"`
	Gone     int       `json:"gone"`
	Failed   int       `json:"failed"` // parts that could not be read
	AsOf     time.Time `json:"as_of"`  // nothing of what was asked for is older
	Summary  string    `json:"summary"`
}

func (a *app) syncMarket(ctx context.Context, f syncFlags) error {
	c, err := a.config()
	if err != nil {
		return err
	}
	questions, err := f.questions()
	if err != nil {
		return err
	}
	m, since, err := a.syncable(c, f)
	if err != nil {
		return err
	}
	if _, err := a.exchange(c); err != nil {
		return err
	}
	if err := m.Trim(ctx, c.Market.Keep); err != nil { // it can't be written: nothing need be read
		return a.unsynced(c, err)
	}
	ctx, done := shell.WithProgress(ctx, shell.Config{Out: a.Out, Err: a.Err, ErrTTY: a.ErrTTY, Width: a.Width, ErrWidth: a.ErrWidth, Now: a.Now})
	defer done()
	got, err := a.synced(ctx, c, m, questions, since)
	done()
	if err != nil && ctx.Err() == nil {
		return a.unsynced(c, err)
	}
	if err != nil {
		return err
	}
	report := syncReport{
		Sandbox: c.Sandbox(), Complete: got.Failed == 0, Parts: got.Parts, Rows: got.Rows,
		New: got.Changes.New, Changed: got.Changes.Changed, Gone: got.Changes.Gone, Failed: got.Failed, AsOf: since.UTC().Truncate(time.Second),
	}
	report.Summary = report.sentence(f)
	if err := a.shows(report, view.Doc{Title: "Market", Sandbox: report.Sandbox, Summary: report.Summary}); err != nil {
		return err
	}
	if got.Failed > 0 {
		return a.unsynced(c, got.Err)
	}
	return nil
}

// syncable returns the memory, and since when what is in it is young enough.
func (a *app) syncable(c *config.Config, f syncFlags) (*market.Mirror, time.Time, error) {
	if c.Market.Mirror == config.Off {
		return nil, time.Time{}, fault.New(fault.Invalid, "nothing is remembered of the market: it is switched off").WithField("market.mirror").
			WithHint(`set mirror = "on" under [market]`)
	}
	m := a.mirror(c)
	if m == nil {
		_, err := a.marketPath()
		return nil, time.Time{}, err
	}
	since := a.Now()
	if !f.fresh {
		since = since.Add(-c.Market.MaxAge)
	}
	return m, since, nil
}

func (r *syncReport) sentence(f syncFlags) string {
	what := "the market"
	if f.country != "" || f.prefix != "" {
		what = "what was asked for"
	}
	if r.Parts == 0 && r.Failed == 0 {
		return fmt.Sprintf("All of %s is young enough: nothing was read.", what)
	}
	read := fmt.Sprintf("Read %s in %s: %s new, %s changed, %s gone.", view.Plural(r.Rows, "number"), view.Plural(r.Parts, "part"),
		view.Count(r.New), view.Count(r.Changed), view.Count(r.Gone))
	if r.Failed > 0 {
		return read + " Not complete: " + view.Plural(r.Failed, "part") + " could not be read."
	}
	return read
}

// synced reads while no other process does so by hand: what that one reads need not be read again.
func (a *app) synced(ctx context.Context, c *config.Config, m *market.Mirror, questions []exchange.MarketQuery, since time.Time) (got refresh.Synced, err error) {
	work := func(ctx context.Context) (err error) {
		got, err = refresh.Sync(ctx, a.refreshing(c, m), questions, since)
		return err
	}
	kept, err := a.store(c)
	if err != nil {
		return got, err
	}
	runner := &lease.Runner{Store: kept.Leases(), Name: "market sync " + exchangeOf(c), Retry: time.Second}
	held, err := runner.Try(ctx, work)
	if held || ctx.Err() != nil {
		return got, err
	}
	if err != nil { // without a store nobody can be waited for
		err = work(ctx)
		return got, err
	}
	if _, err := fmt.Fprintln(a.Err, "another didops market sync reads the market: waiting for what it brings"); err != nil {
		return got, err
	}
	if err = runner.Run(ctx, work); err == nil {
		err = ctx.Err() // before there was work
	}
	return got, err
}

// unsynced says why the market was not read.
func (a *app) unsynced(c *config.Config, err error) error {
	if f, ok := fault.As(err); ok {
		return f
	}
	return unremembered(a.marketPlace(c), err)
}
