package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// document is where -write puts the report, between the two markers.
const (
	document    = "docs/performance.md"
	beginMarker = "<!-- bench:begin -->"
	endMarker   = "<!-- bench:end -->"
)

// report is what a run found.
type report struct {
	machine string
	tables  []*table
	targets []target
}

// target is a promise, and what became of it.
type target struct {
	what, aim, found string
	met              bool
}

// table is one table of the report.
type table struct {
	title string
	notes []string // paragraphs before it
	rows  [][]string
}

// table begins a table.
func (r *report) table(title, header string, notes ...string) *table {
	t := &table{title: title, notes: notes}
	t.add(strings.Split(header, "|")...)
	r.tables = append(r.tables, t)
	return t
}

// add adds a row; the first is the header.
func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// atLeast and atMost hold what was found against a target.
func (r *report) atLeast(what string, aim, found float64, format func(float64) string) {
	r.targets = append(r.targets, target{what, "≥ " + format(aim), format(found), found >= aim})
}

func (r *report) atMost(what string, aim, found float64, format func(float64) string) {
	r.targets = append(r.targets, target{what, "≤ " + format(aim), format(found), found <= aim})
}

// publish prints the report, and writes it where that was asked for.
func (b *bench) publish() error {
	text := b.markdown()
	fmt.Print(text)
	if !b.write {
		return nil
	}
	before, after, err := splitDocument()
	if err != nil {
		return err
	}
	return os.WriteFile(document, []byte(before+"\n"+text+after), 0o644)
}

// splitDocument gives the document up to and with the first marker, and from the
// second one on.
func splitDocument() (before, after string, err error) {
	content, err := os.ReadFile(document)
	if err != nil {
		return "", "", fmt.Errorf("-write works in the repository's root: %w", err)
	}
	before, rest, found := strings.Cut(string(content), beginMarker)
	_, after, foundEnd := strings.Cut(rest, endMarker)
	if !found || !foundEnd {
		return "", "", errors.New(document + " lacks the markers " + beginMarker + " and " + endMarker)
	}
	return before + beginMarker, endMarker + after, nil
}

func (b *bench) markdown() string {
	var s strings.Builder
	command := strings.Join(append([]string{"go run ./bench"}, os.Args[1:]...), " ")
	fmt.Fprintf(&s, "Measured on %s with `%s`: %s. Medians of %d rounds, the least and the most of them in parentheses.\n",
		time.Now().Format("2 January 2006"), command, b.machine, b.rounds)
	targets := table{title: "Targets"}
	targets.add("what", "target", "measured", "met")
	for _, t := range b.targets {
		targets.add(t.what, t.aim, t.found, map[bool]string{true: "yes", false: "**no**"}[t.met])
	}
	if len(b.targets) > 0 {
		targets.write(&s)
	}
	for _, t := range b.tables {
		t.write(&s)
	}
	return s.String()
}

func (t *table) write(s *strings.Builder) {
	fmt.Fprintf(s, "\n### %s\n\n", t.title)
	for _, note := range t.notes {
		s.WriteString(note + "\n\n")
	}
	for i, row := range t.rows {
		s.WriteString("| " + strings.Join(row, " | ") + " |\n")
		if i == 0 {
			s.WriteString(strings.Repeat("| --- ", len(row)) + "|\n")
		}
	}
}
