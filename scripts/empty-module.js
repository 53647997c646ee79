// Stands in for packages that only development builds of a dependency would load.
export default {}
