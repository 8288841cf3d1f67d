package inventory

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"didops/internal/fault"
	"didops/internal/inventory"
	"didops/internal/phone"
	"didops/internal/request"
	"didops/internal/risk"
	"didops/internal/view"
	"didops/tools"
	"didops/tools/did"
)

// LabelIn is what did_label takes.
type LabelIn struct {
	Numbers    []string `json:"numbers" jsonschema:"minItems=1,maxItems=1000" jsonschema_description:"E.164 numbers"`
	Owner      *string  `json:"owner,omitempty" blank:"true" jsonschema_description:"Whose; none"`
	CostCentre *string  `json:"cost_centre,omitempty" blank:"true" jsonschema_description:"Who pays; none"`
	Tags       []string `json:"tags,omitempty" blank:"true" jsonschema_description:"pool,dc-1: these; +pool,-old: these changes; none"`
	Note       *string  `json:"note,omitempty" blank:"true" jsonschema_description:"What for; none"`
	DryRun     *bool    `json:"dry_run,omitempty" jsonschema_description:"Only show it"`
}

// LabelOut is what did_label returns.
type LabelOut struct {
	tools.Envelope
	DryRun    bool       `json:"dry_run" jsonschema_description:"Nothing was changed"`
	Changed   int        `json:"changed" jsonschema_description:"Or would be"`
	Unchanged int        `json:"unchanged"`
	Refused   int        `json:"refused" jsonschema:"-"`
	Ignored   []string   `json:"ignored_columns,omitempty" jsonschema:"-" compact:"-" quoted:"true"`
	Numbers   []Labelled `json:"numbers" compact:"-" jsonschema_description:"With labels"`
	Told      []Labelled `json:"-" compact:"numbers,first=50"` // of these, those that change or can't

	from string // the column of the numbers in a file, for the view
}

// What becomes of a number.
const (
	resultChanged   = "changed"
	resultWould     = "would change"
	resultUnchanged = "unchanged"
	resultRefused   = "refused"
)

// Labelled is a number with the labels that it has, or would have.
type Labelled struct {
	Line       string   `json:"line,omitempty"` // of a file
	Number     string   `json:"number,omitempty"`
	Result     string   `json:"result" compact:"-"`
	Changes    string   `json:"changes,omitempty" quoted:"true"` // in words
	Reason     string   `json:"reason,omitempty" quoted:"true"`  // why it is refused
	Owner      string   `json:"owner,omitempty" compact:"-" quoted:"true"`
	CostCentre string   `json:"cost_centre,omitempty" compact:"-" quoted:"true"`
	Tags       []string `json:"tags,omitempty" compact:"-" quoted:"true"`
	Note       string   `json:"note,omitempty" compact:"-" quoted:"true"`
}

func labelOperation(c Config) tools.Declaration {
	return tools.Operation[LabelIn, LabelOut]{
		Name:    name("label"),
		Title:   "Label own numbers",
		Summary: "Label own phone numbers: owner, cost centre, tags, note.",
		Doc:     "All else stays. The exchange is not told.",
		Hint:    "whose phone number it is: set or change owner, cost centre, tags or note of a DID",
		Risk:    risk.Local,
		Apart:   true,
		Outward: true, // a number that is not known is looked for
		Brief:   true,
		Examples: []tools.Example{
			{Says: "a number goes to support, and into the pool", Args: map[string]any{"numbers": []string{"+12025550123"}, "owner": "Support", "tags": "+pool"}},
			{Says: "nobody's any more, and what that would change", Args: map[string]any{"numbers": []string{"+12025550123", "+12025550124"}, "owner": "none", "dry_run": true}},
		},
		Run:  c.label,
		File: &tools.FileRun[LabelIn, LabelOut]{Param: "numbers", Run: c.labelFile},
		View: viewLabel,
		Complete: map[string]tools.Completer{
			"owner": did.CompleteOwner(c.labels()), "cost_centre": did.CompleteCostCentre(c.labels()), "tags": did.CompleteTags(c.labels()),
		},
	}
}

func (in LabelIn) wish() did.LabelWish {
	return did.LabelWish{Owner: in.Owner, CostCentre: in.CostCentre, Note: in.Note, Tags: in.Tags}
}

func (in LabelIn) dry(byDefault bool) bool {
	if in.DryRun == nil {
		return byDefault
	}
	return *in.DryRun
}

// label labels all numbers alike.
func (c Config) label(ctx context.Context, in LabelIn) (LabelOut, error) {
	wish := in.wish()
	if wish.Empty() {
		return LabelOut{}, nothingAsked()
	}
	patch, err := wish.Patch(c.Secret)
	if err != nil {
		return LabelOut{}, err
	}
	digits, err := did.Digits(in.Numbers)
	if err != nil {
		return LabelOut{}, err
	}
	rows := make([]row, len(digits))
	for i, d := range digits {
		rows[i] = row{digits: d, patch: patch}
	}
	return c.relabel(ctx, rows, in.dry(false), func(bad []row) error {
		var list []string
		for _, r := range bad[:min(len(bad), 3)] {
			list = append(list, phone.Format(r.digits))
		}
		text := strings.Join(list, ", ")
		if more := len(bad) - len(list); more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
		return fault.New(fault.NotFound, "%s: %s. Nothing was changed", text, bad[0].problem).WithField("numbers").
			WithHint("list your numbers to see which are; dry_run shows what would be done with the others")
	})
}

func nothingAsked() error {
	return fault.New(fault.Invalid, "nothing would change").WithField("owner").WithHint("give owner, cost_centre, tags or note")
}

// row is a number that is to be labelled.
type row struct {
	place   string // in a file; "" = it was named
	digits  string // "" where there is a problem from the start
	patch   inventory.Patch
	problem string // why nothing can be done
	labels  inventory.Labels
	words   string // what changes
}

// notOurs is why a number takes no labels.
const notOurs = "not a number of this account"

// relabel changes the labels of rows, all or none: where some can't be, refuse
// says so. A dry run tells of each row what would become of it.
func (c Config) relabel(ctx context.Context, rows []row, dry bool, refuse func(bad []row) error) (LabelOut, error) {
	if err := c.look(ctx, rows); err != nil {
		return LabelOut{}, err
	}
	out := LabelOut{DryRun: dry, Numbers: make([]Labelled, 0, len(rows))}
	bad := slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return r.problem == "" })
	if !dry && len(bad) > 0 {
		return LabelOut{}, refuse(bad)
	}
	if !dry {
		if err := c.keep(ctx, rows); err != nil {
			return LabelOut{}, err
		}
	}
	for i := range rows {
		out.add(&rows[i], dry)
	}
	return out, nil
}

// oneByOne is of how many numbers labels are asked for by themselves, rather than
// those of all.
const oneByOne = 200

// look finds out what would become of rows.
func (c Config) look(ctx context.Context, rows []row) error {
	var numbers []string
	for i := range rows {
		if rows[i].problem == "" {
			numbers = append(numbers, rows[i].digits)
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	if len(numbers) > oneByOne {
		numbers = nil
	}
	now, err := c.Inventory.LabelsOf(ctx, numbers...)
	if err != nil {
		return err
	}
	patches := map[string]inventory.Patch{}
	for i := range rows {
		r := &rows[i]
		if r.problem != "" {
			continue
		}
		// What can't be kept is a matter of one row, and no reason to look at none.
		if _, err := r.patch.Apply(now[r.digits]); err != nil {
			f, ok := fault.As(err)
			if !ok {
				return err
			}
			r.problem = f.Message
			continue
		}
		patches[r.digits] = r.patch
	}
	if len(patches) == 0 {
		return nil
	}
	done, err := c.Inventory.Label(ctx, request.Caller(ctx), patches, true, false)
	if err != nil {
		return err
	}
	settle(rows, done)
	return nil
}

// keep changes what look found.
func (c Config) keep(ctx context.Context, rows []row) error {
	patches := map[string]inventory.Patch{}
	for i := range rows {
		patches[rows[i].digits] = rows[i].patch
	}
	done, err := c.Inventory.Label(ctx, request.Caller(ctx), patches, false, false)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(done, func(l inventory.Labelled) bool { return !l.Known }); i >= 0 {
		return fault.New(fault.Conflict, "%s went meanwhile, and nothing was changed", phone.Format(done[i].Number)).WithField("numbers").WithHint("try again")
	}
	settle(rows, done)
	return nil
}

// settle takes over what became of numbers.
func settle(rows []row, done []inventory.Labelled) {
	of := make(map[string]*inventory.Labelled, len(done))
	for i := range done {
		of[done[i].Number] = &done[i]
	}
	for i := range rows {
		r := &rows[i]
		l := of[r.digits]
		switch {
		case r.problem != "":
		case l == nil || !l.Known:
			r.problem = notOurs
		default:
			r.labels, r.words = l.To, changed(l.From, l.To)
		}
	}
}

// changed tells a change of labels in words; "" for none.
func changed(from, to inventory.Labels) string {
	var parts []string
	for _, p := range []struct{ name, from, to string }{
		{"owner", from.Owner, to.Owner},
		{"cost centre", from.CostCentre, to.CostCentre},
		{"tags", strings.Join(from.Tags, ", "), strings.Join(to.Tags, ", ")},
		{"note", from.Note, to.Note},
	} {
		if p.from != p.to {
			parts = append(parts, p.name+" "+orNone(p.from)+" → "+orNone(p.to))
		}
	}
	return strings.Join(parts, "; ")
}

func orNone(words string) string {
	if words == "" {
		return did.NoLabel
	}
	return view.Quoted(words)
}

func (o *LabelOut) add(r *row, dry bool) {
	l := Labelled{Line: r.place, Changes: r.words, Reason: r.problem, Owner: r.labels.Owner, CostCentre: r.labels.CostCentre, Tags: r.labels.Tags, Note: r.labels.Note}
	if r.digits != "" {
		l.Number = phone.Format(r.digits)
	}
	switch {
	case r.problem != "":
		o.Refused++
		l.Result = resultRefused
	case r.words == "":
		o.Unchanged++
		l.Result = resultUnchanged
	case dry:
		o.Changed++
		l.Result = resultWould
	default:
		o.Changed++
		l.Result = resultChanged
	}
	o.Numbers = append(o.Numbers, l)
	if l.Result != resultUnchanged {
		o.Told = append(o.Told, l)
	}
}
