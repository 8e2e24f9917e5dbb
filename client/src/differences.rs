//! What differs between two files of bill lines.

/// What differs, one entry a line.
pub fn differences(one: &str, other: &str) -> Vec<String> {
    let header: Vec<&str> = one.lines().next().unwrap_or_default().split(',').collect();
    let mut left = one.lines();
    let mut right = other.lines();
    let mut found = Vec::new();
    for number in 1.. {
        match (left.next(), right.next()) {
            (None, None) => break,
            (Some(line), None) => found.push(format!("line {number}: only the first has: {line}")),
            (None, Some(line)) => found.push(format!("line {number}: only the second has: {line}")),
            (Some(a), Some(b)) if a != b => found.push(format!("line {number}: {}", fields(&header, a, b))),
            _ => {}
        }
    }
    found
}

fn fields(header: &[&str], a: &str, b: &str) -> String {
    let (one, other): (Vec<&str>, Vec<&str>) = (a.split(',').collect(), b.split(',').collect());
    if one.len() != header.len() || other.len() != header.len() || one.get(..3) != other.get(..3) {
        return format!("`{a}` is not `{b}`");
    }
    let whose = one.get(..3).unwrap_or_default().join(",");
    let differing: Vec<String> = header
        .iter()
        .zip(one.iter().zip(&other))
        .filter(|(_, (a, b))| a != b)
        .map(|(name, (a, b))| format!("{name} `{a}` is not `{b}`"))
        .collect();
    format!("{whose}: {}", differing.join(", "))
}

#[cfg(test)]
mod tests {
    use super::differences;

    const HEAD: &str = "day,period,participant,role\n";

    #[test]
    fn files_should_agree_when_they_are_equal() {
        let file = format!("{HEAD}0,0,LA1,LA\n");
        assert!(differences(&file, &file).is_empty());
    }

    #[test]
    fn differences_should_name_line_and_field_when_a_value_differs() {
        let one = format!("{HEAD}0,0,LA1,LA\n0,0,MG1,MG\n");
        let other = format!("{HEAD}0,0,LA1,LA\n0,0,MG1,RES\n");
        assert_eq!(differences(&one, &other), ["line 3: 0,0,MG1: role `MG` is not `RES`"]);
    }

    #[test]
    fn differences_should_say_so_when_a_line_is_missing() {
        let one = format!("{HEAD}0,0,LA1,LA\n");
        assert_eq!(differences(&one, HEAD), ["line 2: only the first has: 0,0,LA1,LA"]);
        assert_eq!(differences(HEAD, &one), ["line 2: only the second has: 0,0,LA1,LA"]);
    }
}
