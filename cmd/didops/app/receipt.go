package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"didops/internal/fault"
	"didops/internal/proof"
	"didops/internal/receipt"
	"didops/internal/render"
	"didops/internal/view"
)

// maxReceipt is the most bytes that are read of a receipt.
const maxReceipt = 64 << 20

func (a *app) receiptCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "receipt",
		Short: "Prove an order to others, or check such a proof",
		Long: "A receipt is a file that proves what was asked for, who decided it and what was done, to whoever has neither the store nor " +
			"this program: docs/proof.md has the format, and docs/verify.mjs checks it in a browser or in Node.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var out string
	show := &cobra.Command{
		Use:   "show ORDER",
		Short: "Show the receipt of an order, or write it to a file",
		Args:  oneArgument("the id of an order"),
		RunE:  func(cmd *cobra.Command, args []string) error { return a.showReceipt(cmd.Context(), args[0], out) },
	}
	show.Flags().StringVar(&out, "out", "", "Write the receipt to this `FILE`, for others")
	var w held
	verify := &cobra.Command{
		Use:   "verify FILE",
		Short: "Check a receipt, without the store",
		Args:  oneArgument("a file"),
		RunE:  func(_ *cobra.Command, args []string) error { return a.verifyReceipt(args[0], w) },
	}
	verify.Flags().StringVar(&w.key, "key", "", keyUsage)
	verify.Flags().StringVar(&w.head, "head", "", "Also hold it against the signed heads in this `FILE`, noted elsewhere")
	verify.Flags().StringVar(&w.log, "log", "", "Also hold it against the whole trail in this `FILE`, as didops audit export prints it")
	cmd.AddCommand(show, verify)
	return cmd
}

// held is what a receipt is held against, besides itself.
type held struct {
	key, head, log string
	out            string // where it was written, if it was made just now
}

func (a *app) showReceipt(ctx context.Context, id, out string) error {
	c, log, err := a.configuredLog()
	if err != nil {
		return err
	}
	kept, err := a.store(c)
	if err != nil {
		return err
	}
	passkeys, err := a.passkeysOf(c, kept)
	if err != nil {
		return err
	}
	maker := receipt.Maker{Store: kept.Receipts(), Log: log}
	if passkeys != nil {
		maker.Certified = passkeys.Certificate
	}
	r, err := maker.Make(ctx, strings.ToLower(strings.TrimSpace(id)))
	if err != nil {
		return err
	}
	text, err := r.MarshalFile()
	if err != nil {
		return err
	}
	if out != "" {
		if err := os.WriteFile(out, text, 0o600); err != nil {
			return fault.New(fault.Unavailable, "the receipt could not be written to %s", out).WithField("--out").WithCause(err)
		}
	}
	if a.flags.JSON && out == "" {
		_, err = a.Out.Write(text)
		return err
	}
	found, err := receipt.Verify(text)
	if err != nil {
		return err
	}
	return a.tellReceipt(found, receipt.Exported{}, "", held{out: out})
}

func (a *app) verifyReceipt(path string, w held) error {
	f, err := os.Open(path)
	if err != nil {
		return fault.New(fault.Invalid, "the file %s can't be read", path).WithCause(err)
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxReceipt+1))
	if err != nil {
		return fault.New(fault.Invalid, "the file %s can't be read", path).WithCause(err)
	}
	known, err := knownKeys(w.key)
	if err != nil {
		return err
	}
	found, err := receipt.Verify(text)
	if err == nil {
		err = expect(known, found.Keys, found.Head.Size)
	}
	var log receipt.Exported
	if err == nil {
		log, err = w.against(found)
	}
	if err != nil {
		if f, ok := fault.As(err); ok {
			return f
		}
		return unproven(path, err)
	}
	return a.tellReceipt(found, log, path, w)
}

// against holds a receipt against a head and a whole trail that were kept
// elsewhere.
func (w held) against(found receipt.Found) (receipt.Exported, error) {
	var heads []proof.Head
	if w.head != "" {
		text, err := readProof(w.head)
		if err != nil {
			return receipt.Exported{}, err
		}
		if heads, err = headsOf(string(text), found.Keys); err != nil {
			return receipt.Exported{}, fmt.Errorf("%s: %w", w.head, err)
		}
	}
	if w.log == "" {
		if len(heads) > 0 {
			return receipt.Exported{}, found.Noted(heads...)
		}
		return receipt.Exported{}, nil
	}
	f, err := os.Open(w.log)
	if err != nil {
		return receipt.Exported{}, fault.New(fault.Invalid, "the file %s can't be read", w.log).WithField("--log").WithCause(err)
	}
	defer func() { _ = f.Close() }()
	return found.Against(f, heads...)
}

// headsOf reads heads that the keys signed, each as far as it goes.
func headsOf(text string, keys proof.Keys) (heads []proof.Head, err error) {
	list, err := proof.ParseHeads(text, keys.Names()...)
	for _, n := range list {
		by, ok := keys.Find(n.Key)
		if !ok {
			err = errors.Join(err, errOtherKey)
		} else {
			err = errors.Join(err, by.Allows(n.Head.Size))
		}
		heads = append(heads, n.Head)
	}
	return heads, err
}

// receiptReport is what "didops receipt verify --json" prints.
type receiptReport struct {
	Order     string          `json:"order"`
	Kind      string          `json:"kind"`
	State     string          `json:"state"`
	Requested time.Time       `json:"requested"`
	By        string          `json:"requested_by" quoted:"true"`
	Decisions []signedReport  `json:"decisions"`
	Sent      int             `json:"sent"`
	Later     []int64         `json:"later_entries,omitempty"`
	Entries   []int64         `json:"entries"`
	Size      int64           `json:"log_entries"`
	Root      string          `json:"root"`
	Key       string          `json:"key"`
	Known     bool            `json:"known"`              // whether a key was given, and it is one of the log
	Warnings  []string        `json:"warnings,omitempty"` // what the terms want, and the entries do not show
	Terms     json.RawMessage `json:"terms"`
}

type signedReport struct {
	Event      string    `json:"event"`
	By         string    `json:"by" quoted:"true"`
	At         time.Time `json:"at"`
	Strength   string    `json:"strength,omitempty"`
	Credential string    `json:"credential,omitempty"`
	Person     string    `json:"person,omitempty"`
}

func (a *app) tellReceipt(f receipt.Found, log receipt.Exported, path string, w held) error {
	if !a.flags.JSON {
		return render.Plain(a.Out, receiptDoc(f, log, path, w), render.PlainOptions{Width: a.Width, Color: a.colors(a.OutTTY)})
	}
	r := receiptReport{
		Order: f.Order, Kind: f.Kind, State: f.State, Requested: f.Requested, By: f.By, Decisions: []signedReport{}, Sent: max(f.Sent, log.Sent),
		Later: log.Later, Entries: f.Entries, Size: f.Head.Size, Root: f.Head.Root.String(), Key: f.Key, Known: w.key != "", Warnings: f.Warnings, Terms: f.Terms,
	}
	for _, d := range f.Decisions {
		r.Decisions = append(r.Decisions, signedReport(d))
	}
	return a.writeJSON(r)
}

// receiptDoc draws what a receipt proves.
func receiptDoc(f receipt.Found, log receipt.Exported, path string, w held) view.Doc {
	doc := view.Doc{
		Title: "Receipt of order " + f.Order + " · " + f.Kind + " · " + f.State,
		Summary: "Proven: the terms, " + view.Plural(len(f.Decisions), "decision") + " and " + entries(len(f.Entries)) +
			fmt.Sprintf(" in the log of %d, without a gap.", f.Head.Size),
	}
	if f.Sent == 0 && log.Sent == 0 {
		doc.Summary += " Nothing was sent to the exchange."
	}
	fields := view.Fields{{Label: "Asked by", Value: view.Quoted(f.By) + ", " + moment(f.Requested)}}
	for _, d := range f.Decisions {
		says := d.Event + " by " + view.Quoted(d.By) + ", " + moment(d.At)
		if d.Person != "" {
			says += ", signed with the passkey of " + view.Quoted(d.Person)
		}
		fields = append(fields, view.Field{Label: "Decided", Value: says})
	}
	if f.Sent > 0 {
		fields = append(fields, view.Field{Label: "Sent", Value: view.Plural(f.Sent, "request")})
	}
	doc.Blocks = append(doc.Blocks, fields, view.Fields{{Label: "Root", Value: f.Head.Root.String()}, {Label: "Key", Value: f.Key}})
	for _, warning := range f.Warnings {
		doc.Blocks = append(doc.Blocks, view.Notice{Warning: true, Text: "Doubtful: " + warning + "."})
	}
	if len(log.Later) > 0 {
		doc.Blocks = append(doc.Blocks, view.Notice{Warning: true, Text: "The order changed since: " + entries(len(log.Later)) + " of the trail came later."})
	}
	switch {
	case w.key == "" && path != "":
		doc.Blocks = append(doc.Blocks, view.Text("Whether that is the right key only its owner can tell: give the one that you know with --key."))
	case w.out != "":
		doc.Blocks = append(doc.Blocks, view.Text("Written to "+w.out+". Others check it with didops receipt verify, or with docs/verify.mjs."))
	case path == "":
		doc.Blocks = append(doc.Blocks, view.Text("For others: didops receipt show "+f.Order+" --out FILE"))
	}
	return doc
}

func entries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return view.Count(n) + " entries"
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
