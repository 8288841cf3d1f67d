package app

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"didops/bots/shell"
	"didops/internal/audit"
	"didops/internal/config"
	"didops/internal/fault"
	"didops/internal/proof"
	"didops/internal/receipt"
)

// maxProofFile is the most bytes that are read of a file with a head or a proof.
const maxProofFile = 64 << 20

// keyUsage describes the flag by which a key is known.
const keyUsage = "The `KEY` of the log as you know it from elsewhere, or a file of its keys (didops audit keys)"

// logCommands are the verbs of "didops audit" by which others check the trail.
func (a *app) logCommands(face shell.Config) []*cobra.Command {
	head := &cobra.Command{
		Use:   "head",
		Short: "Print the signed head of the trail",
		Long: "Print how many entries the trail has and the root of the tree over them, signed: a C2SP checkpoint. Whoever keeps it " +
			"can tell later that nothing up to it was altered or left out.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.printHead(cmd.Context()) },
	}
	prove := &cobra.Command{
		Use:   "prove SEQ",
		Short: "Print the proof that an entry is in the trail",
		Args:  oneArgument("the number of an entry"),
		RunE:  func(cmd *cobra.Command, args []string) error { return a.proveEntry(cmd.Context(), args[0]) },
	}
	var key string
	check := &cobra.Command{
		Use:   "check FILE",
		Short: "Check a head, or the proof of an entry, without the store",
		Args:  oneArgument("a file"),
		RunE:  func(_ *cobra.Command, args []string) error { return a.checkProof(args[0], key) },
	}
	check.Flags().StringVar(&key, "key", "", keyUsage)
	var lost bool
	rotate := &cobra.Command{
		Use:   "rotate",
		Short: "Change the key that signs the trail; an entry says the new one, signed by the old",
		Long: "Make another key in the place of the one that signs the trail. An entry of the trail names it, signed by the old one. " +
			"From then on the older key signs nothing more: no head of a longer trail by it is good, and no passkey that is enrolled later. Heads, receipts and passkeys " +
			"of before stay good; links to enrol a passkey, and orders that wait, do not. With --lost, at a terminal and where the key is gone for good, it begins a new log.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !lost {
				return a.rotateKey(cmd.Context())
			}
			if err := face.Attended("a new log", "no log is begun"); err != nil {
				return err
			}
			return a.beginLog(cmd.Context())
		},
	}
	rotate.Flags().BoolVar(&lost, "lost", false, "The key is lost for good: begin a new log, for which nothing counts that the lost one signed")
	keys := &cobra.Command{
		Use:   "keys",
		Short: "Print the keys of the log: the present one, and how it came to follow those before",
		Long: "Print the keys of the log for those who check it: the present one on a line, and each change of keys, signed by the one before. " +
			"Whoever keeps them in a file names that file in place of a KEY: then what older keys signed is checked too, as far as they go.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.printKeys(cmd.Context()) },
	}
	return []*cobra.Command{head, keys, prove, check, a.witnessCommand(), rotate}
}

// oneArgument wants exactly one argument.
func oneArgument(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 && args[0] != "" {
			return nil
		}
		return fault.New(fault.Invalid, "%s wants %s", cmd.CommandPath(), what)
	}
}

// configuredLog is the trail of the configuration, as others check it.
func (a *app) configuredLog() (*config.Config, audit.Log, error) {
	c, err := a.config()
	if err != nil {
		return nil, audit.Log{}, err
	}
	log, err := a.trailLog(c)
	return c, log, err
}

// headReport is what "didops audit head --json" prints.
type headReport struct {
	Sandbox bool   `json:"sandbox"`
	Size    int64  `json:"size"`
	Root    string `json:"root"`
	Note    string `json:"note,omitempty"` // signed
	Key     string `json:"key,omitempty"`
}

func (a *app) printHead(ctx context.Context) error {
	c, log, err := a.configuredLog()
	if err != nil {
		return err
	}
	head, err := log.Head(ctx)
	if err != nil {
		return err
	}
	r := headReport{Sandbox: c.Sandbox(), Size: head.Size, Root: head.Root.String(), Note: head.Note, Key: head.Key}
	switch {
	case a.flags.JSON:
		return a.writeJSON(r)
	case head.Note == "":
		return audit.ErrUnsigned
	}
	_, err = io.WriteString(a.Out, r.Key+"\n"+head.Note)
	return err
}

func (a *app) proveEntry(ctx context.Context, arg string) error {
	seq, err := strconv.ParseInt(arg, 10, 64)
	if err != nil || seq < 1 {
		return fault.New(fault.Invalid, "%q is no number of an entry", arg)
	}
	_, log, err := a.configuredLog()
	if err != nil {
		return err
	}
	s, err := receipt.Prove(ctx, log, seq)
	if err != nil {
		return err
	}
	text, err := s.MarshalFile()
	if err == nil {
		_, err = a.Out.Write(text)
	}
	return err
}

// checked is what "didops audit check --json" prints.
type checked struct {
	Entries int64  `json:"entries"` // of the log at the head
	Root    string `json:"root"`
	Entry   int64  `json:"entry,omitempty"` // that was proven to be in it
	Event   string `json:"event,omitempty"`
	Key     string `json:"key"`
	Known   bool   `json:"known"` // whether the key is the one that was given
}

func (a *app) checkProof(path, key string) error {
	text, err := readProof(path)
	if err != nil {
		return err
	}
	known, err := knownKeys(key)
	if err != nil {
		return err
	}
	r, err := proofIn(text, known)
	if err != nil {
		return unproven(path, err)
	}
	if a.flags.JSON {
		return a.writeJSON(r)
	}
	says := fmt.Sprintf("The head is signed: %s, root %s.", entries(int(r.Entries)), r.Root)
	if r.Entry > 0 {
		says = fmt.Sprintf("Entry %d (%s) is in the log of %s.", r.Entry, r.Event, entries(int(r.Entries)))
	}
	_, err = fmt.Fprintln(a.Out, says+"\n"+keyWords(r.Key, r.Known))
	return err
}

func proofIn(text []byte, known proof.Keys) (checked, error) {
	if strings.HasPrefix(string(text), "{") {
		p, err := receipt.VerifySingle(text)
		if err == nil {
			err = expect(known, p.Keys, p.Head.Size)
		}
		return checked{p.Head.Size, p.Head.Root.String(), p.Entry.Seq, p.Entry.Event, p.Keys.Present(), known != nil}, err
	}
	list, err := proof.ParseHeads(string(text), known.Names()...)
	if err == nil && len(list) != 1 {
		err = fmt.Errorf("it holds %d heads, and one is checked", len(list))
	}
	if err != nil {
		return checked{}, err
	}
	n := list[0]
	err = expect(known, proof.Keys{{Verifier: n.Key, Last: proof.Unbounded}}, n.Head.Size)
	return checked{Entries: n.Head.Size, Root: n.Head.Root.String(), Key: n.Key, Known: known != nil}, err
}

func keyWords(key string, known bool) string {
	if known {
		return "Signed by the key that was given, or by one that follows it: " + key
	}
	return "Signed by " + key + "\nWhether that is the right key only its owner can tell: give the one that you know with --key."
}

// readProof reads a file of which little is known; "-" is not special.
func readProof(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.New(fault.Invalid, "the file %s can't be read", path).WithCause(err)
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxProofFile+1))
	if err != nil || len(text) > maxProofFile {
		return nil, fault.New(fault.Invalid, "the file %s can't be read, or is too long", path).WithCause(err)
	}
	return text, nil
}

// unproven is the fault of what proves nothing.
func unproven(path string, err error) error {
	return fault.New(fault.Conflict, "%s is NOT proven: %v", path, err)
}
