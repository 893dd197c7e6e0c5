package ingest

import (
	"fmt"
	"strconv"
	"strings"
)

// columnName is the name of a column that has none, from 0.
func columnName(i int) string { return "Column " + strconv.Itoa(i+1) }

// uniqueNames gives each column a name of its own: "Column 3" to one that has
// none, "Name (2)" to the second "Name".
func uniqueNames(columns []string) []string {
	names, free := make([]string, len(columns)), namer{taken: map[string]bool{}, last: map[string]int{}}
	for i, name := range columns {
		if strings.TrimSpace(name) == "" {
			name = columnName(i)
		}
		names[i], free.taken[name] = name, true
	}
	seen := make(map[string]bool, len(columns))
	for i, name := range names {
		if seen[name] {
			names[i] = free.name(name)
		}
		seen[name] = true
	}
	return names
}

// namer finds names that are not taken. It goes on from the last number, since a
// file may have thousands of columns of one name.
type namer struct {
	taken map[string]bool
	last  map[string]int
}

// name gives "Name (2)", or the next number that makes a new name, and takes it.
func (f *namer) name(name string) string {
	for n := max(2, f.last[name]+1); ; n++ {
		if free := name + " (" + strconv.Itoa(n) + ")"; !f.taken[free] {
			f.taken[free], f.last[name] = true, n
			return free
		}
	}
}

// listColumns lists the columns for a message.
func listColumns(names []string) string {
	const most, longest = 50, 80
	var b strings.Builder
	b.WriteString("The columns are: ")
	for i, name := range names {
		if i == most {
			fmt.Fprintf(&b, " and %d more", len(names)-most)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.Quote(clip(name, longest)))
	}
	b.WriteString(".")
	return b.String()
}
